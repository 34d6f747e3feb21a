"""What the policy says of points, grades and tiers is checked before it stands in the text of a view."""

import pytest

import settings
from attribution.policy import PolicyError, parse_policy
from attribution.policy_reports import Reports
from attribution.policy_scores import ScoresOfReports, Tier, TiersOfReports
from settings import load
from sinks.policy_values import value_at

TEXT = settings.policy_text(load({}))


@pytest.mark.parametrize(
    ("was", "wrong", "sentence"),
    [
        (
            "decay_per_silent_day = 0.02",
            "decay_per_silent_day = 2",
            "decay_per_silent_day: .*less than or equal",
        ),
        ('kinds = ["event"]', 'kinds = ["salon"]', "rules.5.kinds.0: .*'visit'"),
        ('page = "pric|报价|价格"', 'page = "pric("', "is not a regular expression"),
        ('page = "pric|报价|价格"', 'page = "(?<=/)price"', "looks around or back, which ClickHouse can't"),
        ('name = "price"', 'name = "visit"', "rules and fit name 'visit' twice"),
        ('group = "events"', 'group = "fit"', "the group 'fit' is that of the rules for attributes"),
        ("from_points = 30", "from_points = 60", "from the most points down to the fewest"),
        ('means = ["nurture"]', 'means = ["interested"]', "grades' means name 'interested' twice"),
        ('means = ["nurture"]', 'means = ["warm"]', "means.0: .*'invalid'"),
        ('  { name = "C" },\n', "", "the last of the levels must have no condition"),
        ('{ name = "C" }', '{ name = "B" }', "levels name 'B' twice"),
        ("USD = 45_000", "usd = 45_000", "revenue.usd"),
    ],
)
def test_what_cannot_be_scored_by_is_refused_with_a_sentence(was: str, wrong: str, sentence: str) -> None:
    assert was in TEXT
    with pytest.raises(PolicyError, match=sentence):
        parse_policy(TEXT.replace(was, wrong))


def test_views_read_the_conditions_of_tiers_as_flat_lists() -> None:
    tiers = TiersOfReports(
        levels=(
            Tier(name="S", revenue={"CNY": 5, "USD": 1}, deals=2),
            Tier(name="A", attributes={"行业": "银行|保险's"}),
            Tier(name="C"),
        )
    )
    reports = Reports(tiers=tiers, scores=ScoresOfReports(decay_per_silent_day=0.25))
    assert value_at(reports, "reports.tiers.names") == "['S', 'A', 'C']"
    assert value_at(reports, "reports.tiers.deals") == "[2, 0, 0]"
    assert value_at(reports, "reports.tiers.revenue") == "[tuple(1, 'CNY', 5), tuple(1, 'USD', 1)]"
    assert value_at(reports, "reports.tiers.attributes") == "[tuple(2, '行业', '银行|保险\\'s')]"
    assert value_at(reports, "reports.scores.kept_per_silent_day") == "0.75"


def test_a_channel_is_of_one_source_only() -> None:
    twice = TEXT.replace('website = ["direct"]\n', 'website = ["direct", "email"]\n')
    assert twice != TEXT
    with pytest.raises(PolicyError, match="channels name 'email' twice"):
        parse_policy(twice)
    sources = parse_policy(TEXT).reports.sources
    assert sources.source_of_channel["paid_search"] == "search"
    assert dict(sources.patterns)["email"] == "(?i)(?:邮件)|(?:newsletter)|(?:e-?mail)|(?:edm)"
