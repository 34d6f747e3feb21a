"""Stages in the CRM's own words become entries: skipped, repeated and left backwards, all of them kept."""

from itertools import permutations

import facts as f
import pytest

from attribution.lifecycle import became_lead_at, stages_of_deal, stages_of_person
from attribution.policy import Policy
from attribution.standing import standing_deals
from schemas.handover import AnyFact
from schemas.journey import StageEntry
from schemas.terms import FUNNEL, Stage

LEAD = "crm:crm:1"
DEAL = "deal:crm:9"


def history(policy: Policy, *facts: AnyFact) -> list[tuple[str, int, int]]:
    """The entries of a person: stage, day, occurrence."""
    return [
        (entry.stage.value, (entry.at - f.START) // f.DAY, entry.occurrence)
        for entry in stages_of_person(facts, None, standing_deals(facts), policy).entries
    ]


def deal_history(policy: Policy, *facts: AnyFact) -> list[tuple[str, int, int]]:
    return [
        (entry.stage.value, (entry.at - f.START) // f.DAY, entry.occurrence)
        for entry in stages_of_deal(DEAL, facts, policy).entries
    ]


def on_day(day: int, name: str, **more: str) -> AnyFact:
    return f.stage(LEAD, day * f.DAY, name, **more)


def test_the_whole_way_of_a_lead(policy: Policy) -> None:
    facts = [f.form("anon:1", 0, "email:a"), on_day(2, "MQL"), on_day(5, "SQL")]
    facts += [f.deal(DEAL, 9 * f.DAY, "商机", LEAD), f.poc(DEAL, 20 * f.DAY, started_at=f.START + 20 * f.DAY)]
    facts += [f.deal(DEAL, 60 * f.DAY, "赢单")]
    assert history(policy, *facts) == [
        ("lead", 0, 1),
        ("marketing_qualified", 2, 1),
        ("sales_qualified", 5, 1),
        ("opportunity", 9, 1),
        ("poc", 20, 1),
        ("won", 60, 1),
    ]


@pytest.mark.parametrize("name", ["SQL", " sql ", "Sales  Qualified Lead", "销售合格线索"])
def test_words_are_compared_without_case_and_spaces(policy: Policy, name: str) -> None:
    assert history(policy, on_day(1, name)) == [("sales_qualified", 1, 1)]


def test_a_systems_own_words_go_before_everybodys(policy: Policy) -> None:
    """A "customer" is someone else in a system that calls every company one."""
    own = {"own": {"lead": frozenset({"customer"})}}
    stages = policy.stages.model_copy(update={"mapping": {**policy.stages.mapping, **own}})
    changed = policy.model_copy(update={"stages": stages})
    assert history(changed, on_day(1, "customer", system="OWN ")) == [("lead", 1, 1)]
    assert history(changed, on_day(1, "customer", system="other")) == [("won", 1, 1)]


def test_an_entry_says_who_said_it_and_in_which_words(policy: Policy) -> None:
    fact = f.stage(LEAD, 5, "公海", reason="一年内采购")
    (entry,) = stages_of_person([fact], None, {}, policy).entries
    assert entry == StageEntry(
        stage=Stage.RECYCLED,
        at=f.START + 5,
        occurrence=1,
        id=fact.event_id,
        system="crm",
        raw="公海",
        reason="一年内采购",
    )


def test_skipped_stages_are_not_made_up(policy: Policy) -> None:
    assert history(policy, f.lead(LEAD, 0), on_day(3, "SQL")) == [("lead", 0, 1), ("sales_qualified", 3, 1)]


def test_back_to_marketing_and_again_to_sales_is_counted(policy: Policy) -> None:
    facts = [on_day(1, "MQL"), on_day(2, "SQL"), on_day(3, "退回市场"), on_day(40, "MQL"), on_day(50, "SQL")]
    assert history(policy, *facts) == [
        ("marketing_qualified", 1, 1),
        ("sales_qualified", 2, 1),
        ("recycled", 3, 1),
        ("marketing_qualified", 40, 2),
        ("sales_qualified", 50, 2),
    ]


def test_a_regression_is_an_entry_of_its_own(policy: Policy) -> None:
    facts = [on_day(1, "MQL"), on_day(2, "SQL"), on_day(3, "MQL")]
    assert history(policy, *facts)[-1] == ("marketing_qualified", 3, 2)


def test_saying_the_same_stage_again_is_no_entry(policy: Policy) -> None:
    assert history(policy, on_day(1, "MQL"), on_day(2, "mql"), on_day(3, "合格线索")) == [
        ("marketing_qualified", 1, 1)
    ]


def test_stages_stamped_with_one_time_go_forward(policy: Policy) -> None:
    facts = [
        on_day(1, "SQL"),
        on_day(1, "MQL"),
        on_day(1, "won"),
        on_day(1, "lead"),
        on_day(1, "opportunity"),
    ]
    told = {tuple(history(policy, *order)) for order in permutations(facts)}
    assert [[stage for stage, _, _ in each] for each in told] == [
        ["lead", "marketing_qualified", "sales_qualified", "opportunity", "won"]
    ]


def test_the_way_out_comes_after_the_way_in_at_one_time(policy: Policy) -> None:
    facts = [on_day(1, "disqualified"), on_day(1, "MQL"), on_day(1, "recycled")]
    assert [stage for stage, _, _ in history(policy, *facts)] == [
        "marketing_qualified",
        "recycled",
        "disqualified",
    ]


def test_a_stage_that_comes_late_moves_the_counts_of_those_after_it(policy: Policy) -> None:
    known = [on_day(1, "MQL"), on_day(9, "MQL")]
    assert history(policy, *known) == [("marketing_qualified", 1, 1)]
    late = on_day(5, "recycled")
    assert history(policy, *known, late)[-1] == ("marketing_qualified", 9, 2)


def test_an_export_to_the_minute_tells_no_way_back_in_what_a_history_tells_exactly(policy: Policy) -> None:
    exact = [f.stage(LEAD, f.HOUR + 20_500, "lead"), f.stage(LEAD, f.HOUR + 41_250, "MQL")]
    rounded = [f.stage(LEAD, f.HOUR, "lead"), f.stage(LEAD, f.HOUR, "MQL")]
    seconds = [f.stage(LEAD, f.HOUR + 20_000, "lead"), f.stage(LEAD, f.HOUR + 41_000, "MQL")]
    later = f.stage(LEAD, 2 * f.HOUR, "MQL")
    for known in (exact, rounded, seconds):
        told = stages_of_person([*known, later], None, {}, policy).entries
        assert [entry.stage.value for entry in told] == ["lead", "marketing_qualified"]
    both = stages_of_person([*rounded, *seconds, *exact, later], None, {}, policy).entries
    assert [(entry.stage.value, entry.at - f.START) for entry in both] == [
        ("lead", f.HOUR + 20_500),
        ("marketing_qualified", f.HOUR + 41_250),
    ]


def test_a_stage_that_the_policy_does_not_know_is_an_issue_and_no_entry(policy: Policy) -> None:
    stages = stages_of_person([on_day(1, "神秘阶段")], None, {}, policy)
    assert (stages.entries, stages.issues) == ((), ("unmapped_stage:crm:神秘阶段",))


def test_a_new_policy_maps_it_without_another_import(policy: Policy) -> None:
    mapping = policy.stages.mapping
    wider = {**mapping, "crm": {"poc": frozenset({"神秘阶段"})}}
    newer = policy.model_copy(update={"stages": policy.stages.model_copy(update={"mapping": wider})})
    stages = stages_of_person([on_day(1, "神秘阶段")], None, {}, newer)
    assert ([entry.stage for entry in stages.entries], stages.issues) == ([Stage.POC], ())


def test_every_word_of_the_policy_is_a_stage_that_exists(policy: Policy) -> None:
    assert (*policy.stages.order, *policy.stages.terminal) == tuple(Stage)
    assert policy.stages.order == FUNNEL
    mapped = {stage for wordings in policy.stages.mapping.values() for stage in wordings}
    assert mapped <= {stage.value for stage in Stage}


@pytest.mark.parametrize(
    ("fact", "at"),
    [
        (f.form("anon:1", 5, "email:a"), f.START + 5),
        (f.form("anon:1", 5, "user:d", "phone:c"), f.START + 5),
        (f.identified("anon:1", 5, "email:a"), f.START + 5),
        (f.attended("phone:c", 5), f.START + 5),
        (f.attended("anon:1", 5, "email:a"), f.START + 5),
        (f.lead(LEAD, 5), f.START + 5),
        (f.lead(LEAD, 5, created_at=f.START - 7), f.START - 7),
        (f.lead(LEAD, 5, created_at=0), 0),
        (f.form("anon:1", 5), None),
        (f.identified("anon:1", 5, "user:d"), None),
        (f.attended("anon:1", 5, "user:d"), None),
        (f.page("anon:1", 5, others=("email:a",)), None),
        (f.link_click("anon:1", 5, "https://www.site.example/", "email:a"), None),
        (f.stage(LEAD, 5, "MQL"), None),
        (f.follow_up(LEAD, 5), None),
    ],
)
def test_who_leaves_a_way_to_be_contacted_or_stands_in_the_crm_is_a_lead(
    fact: AnyFact, at: int | None
) -> None:
    assert became_lead_at(fact) == at


def test_of_several_reasons_to_be_a_lead_the_earliest_counts(policy: Policy) -> None:
    facts: list[AnyFact] = [
        f.lead(LEAD, 9 * f.DAY, created_at=f.START + 4 * f.DAY),
        f.form("anon:1", 3 * f.DAY, "email:a"),
    ]
    assert history(policy, *facts) == [("lead", 3, 1)]
    assert history(policy, facts[0]) == [("lead", 4, 1)]


def test_a_deal_is_an_opportunity_from_its_first_record(policy: Policy) -> None:
    assert deal_history(policy, f.deal(DEAL, 4 * f.DAY), f.deal(DEAL, 2 * f.DAY)) == [("opportunity", 2, 1)]


def test_a_deal_that_is_first_heard_of_when_won_was_an_opportunity_just_before(policy: Policy) -> None:
    assert deal_history(policy, f.deal(DEAL, f.DAY, "won")) == [("opportunity", 1, 1), ("won", 1, 1)]


def test_a_poc_counts_from_its_start_and_not_from_its_report(policy: Policy) -> None:
    reported = f.poc(DEAL, 30 * f.DAY, started_at=f.START + 10 * f.DAY, ended_at=f.START + 25 * f.DAY)
    assert deal_history(policy, f.deal(DEAL, 0), reported) == [("opportunity", 0, 1), ("poc", 10, 1)]


def test_a_poc_without_a_start_is_no_entry(policy: Policy) -> None:
    ended = f.poc(DEAL, 30 * f.DAY, ended_at=f.START + 25 * f.DAY)
    assert deal_history(policy, f.deal(DEAL, 0), ended) == [("opportunity", 0, 1)]


def test_a_poc_that_is_known_before_its_deal_does_not_open_it(policy: Policy) -> None:
    early = f.poc(DEAL, 0, started_at=f.START + 3 * f.DAY)
    assert deal_history(policy, early, f.deal(DEAL, 2 * f.DAY)) == [("opportunity", 2, 1), ("poc", 3, 1)]


def test_a_deal_that_was_lost_and_reopened_is_won_once(policy: Policy) -> None:
    facts = [f.deal(DEAL, 0, "商机"), f.deal(DEAL, 5 * f.DAY, "输单"), f.deal(DEAL, 90 * f.DAY, "谈判")]
    assert deal_history(policy, *facts, f.deal(DEAL, 99 * f.DAY, "赢单")) == [
        ("opportunity", 0, 1),
        ("lost", 5, 1),
        ("opportunity", 90, 2),
        ("won", 99, 1),
    ]


def test_each_deal_of_a_person_has_a_count_of_its_own(policy: Policy) -> None:
    other = "deal:crm:8"
    facts = [f.deal(DEAL, 0, "won"), f.deal(other, f.DAY, "won")]
    entries = stages_of_person(facts, None, standing_deals(facts), policy).entries
    assert [(entry.deal, entry.stage.value, entry.occurrence) for entry in entries] == [
        (DEAL, "opportunity", 1),
        (DEAL, "won", 1),
        (other, "opportunity", 1),
        (other, "won", 1),
    ]


def test_entries_of_a_deal_do_not_merge_with_those_of_the_person(policy: Policy) -> None:
    """The CRM may call the person an opportunity too; stage_durations gives each its own chain."""
    facts = [on_day(1, "opportunity"), f.deal(DEAL, 1 * f.DAY, "opportunity")]
    entries = stages_of_person(facts, None, standing_deals(facts), policy).entries
    assert [(entry.deal, entry.occurrence) for entry in entries] == [("", 1), (DEAL, 1)]


def test_a_person_s_entries_stay_collapsed_across_those_of_a_deal(policy: Policy) -> None:
    facts = [on_day(1, "SQL"), f.deal(DEAL, 2 * f.DAY, "商机"), on_day(3, "SQL")]
    assert history(policy, *facts) == [("sales_qualified", 1, 1), ("opportunity", 2, 1)]


def test_unmapped_words_of_a_deal_are_issues_of_the_person_too(policy: Policy) -> None:
    facts = [f.deal(DEAL, 0, "???")]
    stages = stages_of_person(facts, None, standing_deals(facts), policy)
    assert stages.issues == ("unmapped_stage:crm:???",)
    assert [entry.stage for entry in stages.entries] == [Stage.OPPORTUNITY]
