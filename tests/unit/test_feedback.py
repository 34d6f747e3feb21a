"""What sales says of a lead is kept in the CRM's words, and understood by the policy, now or later."""

from itertools import permutations
from pathlib import Path
from typing import Any

import facts as f
import pytest

from attribution.journey import Known, derive
from attribution.policy import Policy, PolicyError, parse_policy
from schemas.codec import decode, encode
from schemas.crm import FollowedUp
from schemas.handover import AnyFact
from schemas.journey import FollowUp, Journey
from schemas.terms import Grade, system_of
from schemas.topics import CRM, JOURNEYS

LEAD = "crm:crm:1"
TEXT = Path("attribution/policies/default.toml").read_text(encoding="utf-8")
LETTERS = (
    '\n[feedback.grades.crm]\nconvertible = ["a"]\ninvalid = ["D"]\n[feedback.tags.crm]\nregion = ["南京"]\n'
)


def derived(policy: Policy, *facts: AnyFact) -> Journey:
    return derive(LEAD, Known({LEAD: facts}), 1, policy)


def call(day: int, **said: Any) -> FollowedUp:
    return f.follow_up(LEAD, day * f.DAY, **said)


def test_the_words_of_sales_stay_and_stand_beside_what_they_mean(policy: Policy) -> None:
    journey = derived(policy, call(1, category="电话", grade="有意向", tags=("年内采购", "需求不明确")))
    (told,) = journey.follow_ups
    assert (told.category, told.grade, told.tags) == ("电话", "有意向", ("年内采购", "需求不明确"))
    assert (told.canonical_category, told.canonical_grade, told.canonical_tags) == (
        "call", "interested", ("buys_within_year", "need_unclear"),
    )  # fmt: skip
    assert journey.issues == ()


def test_the_newest_grade_counts_with_its_time_and_the_tags_add_up(policy: Policy) -> None:
    told = [
        call(1, grade="培育", tags=("学生",)),
        call(9, grade="无效", tags=("无预算",)),
        call(12, category="微信"),
    ]
    for order in permutations(told):
        journey = derived(policy, *order)
        assert (journey.grade, journey.canonical_grade) == ("无效", "invalid")
        assert journey.graded_at == f.START + 9 * f.DAY
        assert journey.tags == ("学生", "无预算")
        assert journey.canonical_tags == ("no_budget", "student")


def test_of_two_grades_of_one_time_the_one_learnt_later_counts(policy: Policy) -> None:
    """An export writes the grade of today beside the last call, which may be weeks old."""
    march, april = (f.START + day * f.DAY for day in (10, 40))
    for first, second in (("有意向", "无效"), ("无效", "有意向")):
        told = [call(1, grade=first, received_at=march), call(1, grade=second, received_at=april)]
        assert {derived(policy, *order).grade for order in permutations(told)} == {second}


def test_a_newest_grade_that_nobody_understands_does_not_fall_back_to_an_older_one(policy: Policy) -> None:
    journey = derived(policy, call(1, grade="有意向"), call(2, grade="Z9"))
    assert (journey.grade, journey.canonical_grade) == ("Z9", "")
    assert journey.issues == ("unmapped_grade:crm:Z9",)


def test_unknown_words_are_kept_and_reported_by_system(policy: Policy) -> None:
    journey = derived(policy, call(1, category="占星", grade="A", tags=("南京", "决策人")))
    assert journey.issues == ("unmapped_category:crm:占星", "unmapped_grade:crm:A", "unmapped_tag:crm:南京")
    (told,) = journey.follow_ups
    assert (told.tags, told.canonical_tags) == (("南京", "决策人"), ("decision_maker",))
    assert (told.canonical_category, told.canonical_grade, journey.canonical_grade) == ("", "", "")


def test_a_later_policy_understands_them_without_another_import(policy: Policy) -> None:
    facts = [call(1, grade="A", tags=("南京",)), call(2, grade="d")]
    assert derived(policy, *facts).canonical_grade == ""
    journey = derived(parse_policy(TEXT + LETTERS), *facts)
    assert [told.canonical_grade for told in journey.follow_ups] == ["convertible", "invalid"]
    assert (journey.canonical_grade, journey.canonical_tags, journey.issues) == ("invalid", ("region",), ())


def test_a_system_s_own_words_count_before_those_of_any_system() -> None:
    own = parse_policy(f'{TEXT}\n[feedback.grades.odd]\nconvertible = ["无效"]\n').feedback
    assert (own.grade_of("odd", "无效"), own.grade_of("crm", "无效")) == ("convertible", "invalid")
    assert own.grade_of("Odd", " 有意向 ") == "interested"


@pytest.mark.parametrize(
    ("said", "answers"),
    [
        ({"category": "电话"}, True),
        ({"category": "WeChat"}, True),
        ({}, True),
        ({"category": "占星"}, True),
        ({"category": "未接通"}, True),
        ({"category": "备注"}, False),
        ({"contacted": False, "grade": "无效"}, False),
        ({"contacted": False, "tags": ("学生",)}, False),
        ({"grade": "无效"}, True),
    ],
)
def test_which_follow_ups_answer_a_lead(policy: Policy, said: dict[str, Any], answers: bool) -> None:
    (told,) = derived(policy, call(1, **said)).follow_ups
    assert told.is_answer is answers


def test_what_answers_a_lead_is_the_policy_s_to_say() -> None:
    strict = parse_policy(TEXT.replace('no_answer = ["note"]', 'no_answer = ["note", "attempt"]'))
    assert not derived(strict, call(1, category="未接通")).follow_ups[0].is_answer
    lax = parse_policy(TEXT.replace("verdict_is_answer = false", "verdict_is_answer = true"))
    assert derived(lax, call(1, contacted=False, grade="无效")).follow_ups[0].is_answer


def test_letters_mean_nothing_until_a_company_says_what(policy: Policy) -> None:
    assert {policy.feedback.grade_of("crm", letter) for letter in "ABCDabcd"} == {""}


def test_every_grade_has_words_in_any_system(policy: Policy) -> None:
    assert set(policy.feedback.grades["*"]) == set(Grade)
    assert [
        policy.feedback.grade_of("", word) for word in ("无效", "培育", "有意向", "可转化", "合作")
    ] == list(Grade)


@pytest.mark.parametrize(
    ("old", "new", "says"),
    [
        ('[feedback.grades."*"]\ninvalid =', '[feedback.grades."*"]\nawful =', "feedback.grades.*.awful"),
        ('cooperating = [\n  "coop', 'cooperating = [\n  "无效", "coop', "grades.* gives '无效' two grades"),
        ('student = ["student"', 'student = ["个人", "student"', "tags.* gives '个人' two tags"),
        ('no_answer = ["note"]', 'no_answer = ["notes"]', "no_answer names the unknown category 'notes'"),
    ],
)
def test_a_section_that_contradicts_itself_is_refused(old: str, new: str, says: str) -> None:
    assert old in TEXT
    with pytest.raises(PolicyError) as refused:
        parse_policy(TEXT.replace(old, new, 1))
    assert says in str(refused.value)


def test_a_system_s_name_stands_in_the_subject() -> None:
    names = ("crm:hubspot:17", "deal:our-crm:a:b", "anon:hubspot:1", "email:a")
    assert [system_of(name) for name in names] == ["hubspot", "our-crm", "", ""]


def test_facts_and_snapshots_of_before_still_decode() -> None:
    fact = encode(call(1, grade="A")).replace(b'"contacted":true,', b"")
    assert decode(CRM.name, fact).contacted
    follow_up = FollowUp(id="f", at=1, category="", grade="A", tags=(), owner="")
    journey = Journey(person=LEAD, version=1, policy_version="p", known_at=1, follow_ups=(follow_up,))
    assert b"canonical" not in encode(journey)
    assert decode(JOURNEYS.name, encode(journey)) == journey
