"""Every stored sample of a console's files is read as its expected outcome says, each time."""

from pathlib import Path

import pytest
from samples.expected import outcome, plan_of, samples, stored
from tokens import TOKENISER

SAMPLES = samples()
READ = [path for path in SAMPLES if "error" not in stored(path)]
REPORTS = [path for path in READ if not path.name.startswith(("clicks", "keywords"))]


def name_of(path: Path) -> str:
    return path.stem


@pytest.mark.parametrize("sample", SAMPLES, ids=name_of)
def test_a_sample_is_read_as_expected(sample: Path) -> None:
    assert outcome(sample) == stored(sample), (
        "python tests/samples/expected.py writes what is new, for review"
    )


@pytest.mark.parametrize("sample", READ, ids=name_of)
def test_a_second_import_changes_nothing(sample: Path) -> None:
    first, second = plan_of(sample), plan_of(sample, received_at=1796083200001)

    assert first.facts
    assert [fact.event_id for fact in first.facts] == [fact.event_id for fact in second.facts]
    assert [record.key for record in first.records(TOKENISER)] == [
        record.key for record in second.records(TOKENISER)
    ]


@pytest.mark.parametrize(
    "sample", [path for path in REPORTS if not stored(path)["options"].get("engine")], ids=name_of
)
def test_the_wrong_engine_is_an_error(sample: Path) -> None:
    made_by = stored(sample)["facts"][0]["platform"]
    wrong = "google" if made_by != "google" else "baidu"
    plan = plan_of(sample, engine=wrong)

    assert plan.facts == ()
    assert f"wrong engine: the layout is that of {made_by}, not of {wrong}" in plan.error
    assert plan.error.startswith(f"{sample.name}, line ")


def test_a_layout_that_is_nobodys_own_asks_for_the_engine() -> None:
    sample = next(path for path in SAMPLES if path.name == "export-of-a-reporting-tool.csv")
    plan = plan_of(sample, engine="")

    assert plan.facts == ()
    assert "say it with --engine" in plan.error


@pytest.mark.parametrize("sample", [path for path in SAMPLES if "error" in stored(path)], ids=name_of)
def test_a_refusal_names_the_file_and_is_one_line(sample: Path) -> None:
    error = stored(sample)["error"]

    assert error.startswith(f"{sample.name}, line ")
    assert "\n" not in error
