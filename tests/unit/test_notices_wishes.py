"""The file of notices says what is told to whom; what can't be meant is refused, and no secret is shown."""

import re
from pathlib import Path
from typing import get_args

import pytest

import settings
from notices.wishes import AnyRule, NoticesError, addresses, file_of, parse_wishes, read_wishes
from settings import Settings, SettingsError

RULE = '[rules.unanswered]\ntargets = ["sales"]'
SECRET = "T0k3nT0k3n"


def given(folder: Path, targets: str = "", **others: str) -> Settings:
    return settings.load({"LEADTRACE_DATA_DIR": str(folder), "LEADTRACE_NOTICE_TARGETS": targets, **others})


def test_a_rule_is_of_the_kind_that_its_name_says_or_of_the_one_that_it_names() -> None:
    text = f'{RULE}\n[rules.east]\nkind = "unanswered"\ntargets = ["east"]\ndays = 2\nregion = "East"'
    rules = parse_wishes(text).rules
    assert [(name, each.kind) for name, each in rules.items()] == [
        ("unanswered", "unanswered"),
        ("east", "unanswered"),
    ]


def test_the_example_in_the_documents_is_understood_and_every_kind_is_explained() -> None:
    text = (Path(__file__).parents[2] / "docs" / "notices.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    assert parse_wishes(example).told == ["sales", "east", "data", "boss"]
    for kind in get_args(get_args(AnyRule)[0]):
        (name,) = get_args(kind.model_fields["kind"].annotation)
        (line,) = (each for each in text.splitlines() if each.startswith(f"| `{name}` |"))
        own = kind.model_fields.keys() - {"kind", "targets", "remind_days"}
        assert {each for each in own if f"`{each}`" not in line} == set()


def test_a_target_has_the_language_of_all_unless_it_has_its_own() -> None:
    wishes = parse_wishes(f'language = "zh"\n[targets.boss]\nlanguage = "en"\n{RULE}')
    assert [wishes.language_of(name) for name in ("sales", "boss")] == ["zh", "en"]
    assert parse_wishes(RULE).language_of("sales") == "en"


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "rules: Field required"),
        ("[rules]", "rules: "),
        ("[rules", "not valid TOML"),
        ("rules = 3", "rules: "),
        ("[rules.unanswered]", "rules.unanswered.targets: Field required"),
        ('[rules.unanswered]\ntargets = "sales"', "rules.unanswered.targets: "),
        ("[rules.unanswered]\ntargets = []", "rules.unanswered.targets: "),
        (f"{RULE}\nday = 3", "rules.unanswered.day: Extra inputs"),
        (f"{RULE}\ndays = -1", "rules.unanswered.days: "),
        (f'{RULE}\ndays = "3"', "rules.unanswered.days: "),
        ('[rules.mine]\ntargets = ["sales"]', "rules.mine"),
        (f'quiet = "9-18"\n{RULE}', "quiet: hours are written like 21:00-08:00"),
        (f'quiet = "08:00-24:30"\n{RULE}', "quiet: hours are written like 21:00-08:00"),
        (f'quiet_days = ["Sonntag"]\n{RULE}', "quiet_days"),
        (f'language = "de"\n{RULE}', "language: Input should be 'en' or 'zh'"),
        (f"every_minutes = 0\n{RULE}", "every_minutes"),
        ('[rules.digest]\ntargets = ["sales"]\nat = "9"', "rules.digest.at: a time is written like 09:00"),
        (f'[targets.sales]\nurl = "feishu://{SECRET}"\n{RULE}', "targets.sales: addresses hold secrets"),
        (f'[targets]\nsales = "feishu://{SECRET}"\n{RULE}', "targets.sales: addresses hold secrets"),
    ],
)  # fmt: skip
def test_what_can_not_be_meant_is_refused_in_a_sentence(text: str, says: str) -> None:
    with pytest.raises(NoticesError) as refused:
        parse_wishes(text)
    assert says in str(refused.value)
    assert str(refused.value).startswith("notices.toml")
    assert SECRET not in str(refused.value)


@pytest.mark.parametrize(
    "targets",
    [SECRET, f"sales={SECRET}", f"Sales=feishu://{SECRET}", f"a=feishu://{SECRET} a=feishu://{SECRET}", f"=x://{SECRET}"],
)  # fmt: skip
def test_addresses_that_can_not_be_understood_are_refused_without_being_shown(targets: str) -> None:
    with pytest.raises(SettingsError) as refused:
        settings.load({"LEADTRACE_NOTICE_TARGETS": targets})
    assert "LEADTRACE_NOTICE_TARGETS" in str(refused.value)
    assert SECRET not in str(refused.value)


def test_addresses_have_names_and_keep_what_stands_in_them() -> None:
    told = f"sales=feishu://{SECRET}\n  boss=mailtos://u:p@example.com?to=a@b.c,d@e.f&name=x=y"
    found = settings.load({"LEADTRACE_NOTICE_TARGETS": told})
    assert addresses(found) == {
        "sales": f"feishu://{SECRET}",
        "boss": "mailtos://u:p@example.com?to=a@b.c,d@e.f&name=x=y",
    }
    assert SECRET not in repr(found)


def test_the_file_stands_in_the_data_folder_or_where_the_setting_says(tmp_path: Path) -> None:
    assert file_of(given(tmp_path)) is None
    with pytest.raises(NoticesError, match="no notices are configured: write "):
        read_wishes(given(tmp_path))
    other = tmp_path / "other.toml"
    assert file_of(given(tmp_path, LEADTRACE_NOTICES=str(other))) == other
    with pytest.raises(NoticesError, match="can't be read: FileNotFoundError"):
        read_wishes(given(tmp_path, LEADTRACE_NOTICES=str(other)))
    (tmp_path / "notices.toml").write_text(RULE)
    assert read_wishes(given(tmp_path, f"sales=feishu://{SECRET}")).told == ["sales"]


def test_a_target_without_an_address_is_missed_at_once(tmp_path: Path) -> None:
    (tmp_path / "notices.toml").write_text(RULE)
    with pytest.raises(NoticesError, match="the target sales has no address: add sales=URL to") as refused:
        read_wishes(given(tmp_path, f"boss=feishu://{SECRET}"))
    assert SECRET not in str(refused.value)
