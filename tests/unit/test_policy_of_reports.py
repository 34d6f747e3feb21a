"""What the policy says of reports changes no journey, is checked, and stands in the texts of views."""

import tomllib
from decimal import Decimal

import pytest

import settings
from attribution.policy import PolicyError, parse_policy
from attribution.policy_money import OriginsOfReports
from attribution.policy_reports import DEFAULT, Reports, Weights
from settings import load
from sinks.policy_values import literal, value_at, values_of_reports
from sinks.scripts import MigrationError, Script
from sinks.view_texts import fill

TEXT = settings.policy_text(load({}))
MODELS = "[reports.attribution.models]"


def with_lines(*lines: str) -> str:
    """The default policy with these lines in place of the models'."""
    return TEXT.replace(MODELS, "\n".join(lines))


def test_the_file_says_what_holds_without_it() -> None:
    # Words are not said twice: without the file, no reason, result, origin or source has a meaning.
    words = {name: getattr(DEFAULT, name) for name in ("reasons", "poc", "origins", "sources")}
    said = parse_policy(TEXT).reports.model_copy(update=words)
    assert said == DEFAULT
    assert "reports" in tomllib.loads(TEXT)
    assert values_of_reports(load({})) == parse_policy(TEXT).reports


def test_how_reports_count_derives_nothing_anew() -> None:
    longer = parse_policy(TEXT.replace("half_life_days = 7.0", "half_life_days = 30"))
    assert longer.reports.attribution.half_life_days == 30
    assert longer.version == parse_policy(TEXT).version


@pytest.mark.parametrize(
    ("wrong", "sentence"),
    [
        (TEXT.replace("half_life_days = 7.0", "half_life_days = 0"), "half_life_days: .*greater than 0"),
        (TEXT.replace("kinds = []", 'kinds = ["visits"]'), "kinds.0: .*'visit', 'link_click'"),
        (TEXT.replace("lookback_days = 0", "lookback_days = -1"), "lookback_days: .*greater than or equal"),
        (TEXT.replace("lookback_days", "look_back"), "look_back: Extra inputs"),
        (TEXT.replace('currency = "CNY"', 'currency = "Yuan"'), "money.currency: .*pattern"),
        (TEXT.replace("gross_margin = 1.0", "gross_margin = 1.2"), "gross_margin: .*less than or equal to 1"),
        (TEXT.replace("max_rate_age_days = 10", "max_rate_age_days = -1"), "max_rate_age_days"),
        (TEXT.replace("executives = ['高管'", "executives = ['(高管'"), "is not a regular expression"),
        (with_lines(MODELS, "own = { first = 0.5, rest = 0.4 }"), "must sum to 1, not to 0.9"),
        (with_lines(MODELS, "own = { last = 1.0 }"), "own.last: Extra inputs"),
        (with_lines(MODELS, "own = { first = 1.5, rest = -0.5 }"), "own.first: .*less than or equal to 1"),
        (TEXT.replace('later = ["timing",', 'later = ["price",'), "deals gives 'price' two meanings"),
        (
            TEXT.replace("[reports.poc]\npassed = [", '[reports.poc]\npassed = ["failed", '),
            "'failed' stands in poc.passed",
        ),
        (
            TEXT.replace("unanswered_days = 5", "unanswered_days = 0"),
            "unanswered_days: .*greater than or equal to 1",
        ),
        (
            TEXT.replace('good_grades = ["int', 'good_grades = ["best", "int'),
            "good_grades.0: .*'invalid', 'nurture'",
        ),
        (with_lines(MODELS, "w_shaped = { first = 1.0 }"), "w_shaped is a model that is there already"),
    ],
)
def test_what_cannot_be_counted_by_is_refused_with_a_sentence(wrong: str, sentence: str) -> None:
    with pytest.raises(PolicyError, match=sentence):
        parse_policy(wrong)


def test_weights_are_as_exact_as_they_are_written() -> None:
    reports = parse_policy(with_lines(MODELS, "own = { first = 0.1, lead = 0.2, closing = 0.7 }")).reports
    assert reports.attribution.models == {
        "own": Weights(first=Decimal("0.1"), lead=Decimal("0.2"), closing=Decimal("0.7"))
    }
    assert value_at(reports, "reports.attribution.models") == "map('own', tuple(0.1, 0.2, 0, 0.7, 0))"


def test_a_view_holds_what_the_policy_says() -> None:
    reports = Reports.model_validate({"attribution": {"half_life_days": 30, "kinds": ("visit", "event")}})
    view = Script(1, "v", "{{reports.attribution.half_life_days}} {{reports.attribution.kinds}} {{timezone}}")
    assert fill(view, "UTC", reports) == "30.0 ['visit', 'event'] UTC"


@pytest.mark.parametrize(
    "path",
    [
        *("reports", "reports.attributions", "reports.attribution.models.own", "retention.anonymous_days"),
        *("reports.attribution.model_dump", "reports.attribution.__class__"),
    ],
)
def test_a_placeholder_that_nothing_stands_for_is_refused(path: str) -> None:
    with pytest.raises(MigrationError, match=path):
        fill(Script(1, "v", f"{{{{{path}}}}}"), "UTC")


def test_values_are_written_as_clickhouse_reads_them() -> None:
    assert literal(("it's", "a\\b", "two\nlines")) == r"['it\'s', 'a\\b', 'two\nlines']"
    assert literal(frozenset({"b", "a"})) == "['a', 'b']"
    assert literal(True) == "true"
    assert literal({}) == "map()"
    with pytest.raises(TypeError, match="NoneType"):
        literal(None)


def test_a_view_over_one_that_is_there_twice_is_there_twice_itself() -> None:
    view = Script(1, "v", "FROM {{journeys}} JOIN {{persons}} JOIN {{credits}}(model = 'first')")
    twins = {"persons", "credits"}
    assert fill(view, "UTC", twins=twins) == "FROM journeys FINAL JOIN persons JOIN credits(model = 'first')"
    then = "as_of = {as_of:String}"
    assert fill(view, "UTC", twins=twins, then=True) == (
        f"FROM journeys_as_of({then}) JOIN persons_as_of({then}) JOIN credits_as_of({then}, model = 'first')"
    )


def test_words_of_an_origin_are_one_pattern_and_a_channel_has_one_origin() -> None:
    origins = OriginsOfReports(
        words={"sales": ("电话", r"\bsdr\b"), "none": ()},
        channels={"partners": ("affiliates",), "marketing": ("email", "affiliates")},
    )
    reports = Reports(origins=origins)
    assert value_at(reports, "reports.origins.patterns") == r"[['sales', '(?i)(?:电话)|(?:\\bsdr\\b)']]"
    assert value_at(reports, "reports.origins.origin_of_channel") == (
        "map('affiliates', 'partners', 'email', 'marketing')"
    )
