"""Each notice goes once, whoever sends it, whatever stops them, and however long it stays true."""

import threading
from typing import Any

import pytest
from told_notices import Answers, Remembering, Target, letters, notifier, waiting

from notices.cases import Case
from notices.sending import Outcome

ONE = '[rules.unanswered]\ntargets = ["sales"]'
BOTH = '[rules.unanswered]\ntargets = ["sales", "boss"]'
LETTERS = '[rules.dead_letters]\ntargets = ["data"]'
AWAY = Outcome("it can't be reached")


@pytest.fixture
def memory() -> Remembering:
    return Remembering()


@pytest.fixture
def target() -> Target:
    return Target()


def look(memory: Remembering, target: Target, wishes: str, there: Any, **time: float) -> list[str]:
    """Look after some time as a process that was just started."""
    memory.pass_by(**time)
    return notifier(wishes, target).look(memory, Answers(there))


def test_what_was_told_is_not_told_again_though_it_stays_true_for_weeks(
    memory: Remembering, target: Target
) -> None:
    for _ in range(4):
        look(memory, target, ONE, {"unanswered": waiting("a", "b")}, days=7)
    assert target.titles("sales") == ["Leadtrace: 2 MQLs have waited for sales for more than 5 days"]


def test_only_what_is_new_is_told(memory: Remembering, target: Target) -> None:
    look(memory, target, ONE, {"unanswered": waiting("a", "b")})
    look(memory, target, ONE, {"unanswered": waiting("a", "b", "c")}, minutes=5)
    assert target.titles("sales")[1:] == ["Leadtrace: 1 MQL has waited for sales for more than 5 days"]
    assert "c" in target.taken[1][1].body


def test_a_lead_that_qualifies_again_is_told_again(memory: Remembering, target: Target) -> None:
    look(memory, target, ONE, {"unanswered": waiting("a")})
    look(memory, target, ONE, {"unanswered": []}, days=1)
    look(memory, target, ONE, {"unanswered": waiting("a")}, days=1)
    assert len(target.taken) == 1, "it is the same wait, which a report did not show for a moment"
    look(memory, target, ONE, {"unanswered": waiting("a", since="2026-03-01")}, days=1)
    assert len(target.taken) == 2


def test_what_ends_and_begins_again_is_told_again(memory: Remembering, target: Target) -> None:
    for there in ([letters(3)], [], [], [letters(1)], [letters(1)]):
        look(memory, target, LETTERS, {"dead_letters": there}, minutes=5)
    assert len(target.taken) == 2
    assert [row["state"] for row in memory.rows].count("over") == 1


def test_a_report_that_can_not_be_asked_ends_nothing(memory: Remembering, target: Target) -> None:
    for there in ([letters(3)], None, [letters(3)]):
        look(memory, target, LETTERS, {"dead_letters": there}, minutes=5)
    assert len(target.taken) == 1


def test_what_is_ten_times_worse_is_told_again(memory: Remembering, target: Target) -> None:
    for count in (3, 29, 30, 299):
        look(memory, target, LETTERS, {"dead_letters": [letters(count)]}, minutes=5)
    assert ["3 waiting" in each.body or "30 waiting" in each.body for _, each in target.taken] == [True, True]


def test_who_wishes_it_is_reminded(memory: Remembering, target: Target) -> None:
    for _ in range(15):
        look(memory, target, f"{ONE}\nremind_days = 7", {"unanswered": waiting("a")}, days=1)
    assert len(target.taken) == 3


def test_of_two_who_look_at_once_one_sends(memory: Remembering, target: Target) -> None:
    there = Answers({"unanswered": waiting("a", "b")})

    def meanwhile(_: float) -> None:
        assert notifier(ONE, target).look(memory, there) == [], "it sees that somebody is sending"

    notifier(ONE, target, meanwhile).look(memory, there)
    assert len(target.taken) == 1
    assert [row["state"] for row in memory.rows] == ["sending"] * 2 + ["sent"] * 2, "the other claims nothing"


def test_of_two_who_claim_at_the_same_moment_the_first_sends(memory: Remembering, target: Target) -> None:
    """Both had looked before either said anything; each sees what the other said only then."""
    late: list[list[str]] = []

    class Behind(Remembering):
        """Sees nothing of what was said, until it said something itself."""

        def query(self, text: str, parameters: object = None, as_bytes: bool = False) -> Any:
            seen = memory if late else Remembering()
            return seen.query(text)

        def insert(self, table: str, columns: Any, rows: Any) -> None:
            late.append([])
            memory.insert(table, columns, rows)

    there = Answers({"unanswered": waiting("a", "b")})
    other = notifier(ONE, target)
    notifier(ONE, target, lambda _: other.look(Behind(), there) and None).look(memory, there)
    assert len(target.taken) == 1


def test_who_died_while_sending_is_waited_for_and_then_it_says_that_it_may_have_come(
    memory: Remembering, target: Target
) -> None:
    class Killed(Target):
        def send(self, name: str, message: Any) -> Outcome:
            raise KeyboardInterrupt

    there = {"unanswered": waiting("a")}
    with pytest.raises(KeyboardInterrupt):
        notifier(ONE, Killed()).look(memory, Answers(there))
    assert look(memory, target, ONE, there, minutes=1) == [], "somebody may be sending it yet"
    look(memory, target, ONE, there, minutes=10)
    assert "This may have come before" in target.taken[0][1].body
    look(memory, target, f"{ONE}\nremind_days = 1", there, days=2)
    assert "This may have come before" not in target.taken[1][1].body


def test_who_does_not_say_whether_it_took_it_gets_it_again_with_that_sentence(
    memory: Remembering, target: Target
) -> None:
    target.refusing["sales"] = Outcome("it did not answer within 45 s", is_known=False)
    there = {"unanswered": waiting("a")}
    look(memory, target, ONE, there)
    target.refusing.clear()
    look(memory, target, ONE, there, minutes=11)
    assert "This may have come before" in target.taken[0][1].body


def test_a_target_that_is_away_for_hours_gets_it_when_it_is_back(memory: Remembering, target: Target) -> None:
    target.refusing["sales"] = AWAY
    process = notifier(BOTH, target)
    tries = []
    for _ in range(24):
        memory.pass_by(minutes=5)
        tries.append(process.look(memory, Answers({"unanswered": waiting("a")})))
    told = [line for lines in tries for line in lines]
    assert told[0].endswith("it can't be reached; next try after 1 min") or "to boss" in told[0]
    assert len([line for line in told if line.startswith("not sent")]) == 7, "less and less often"
    assert target.titles("boss") == ["Leadtrace: 1 MQL has waited for sales for more than 5 days"]
    target.refusing.clear()
    memory.pass_by(hours=1)
    process.look(memory, Answers({"unanswered": waiting("a")}))
    assert len(target.titles("sales")) == 1
    assert "This may have come before" not in target.taken[-1][1].body


def test_what_is_not_so_any_more_when_a_target_is_back_is_never_told(
    memory: Remembering, target: Target
) -> None:
    target.refusing["sales"] = AWAY
    look(memory, target, ONE, {"unanswered": waiting("a", "b")})
    target.refusing.clear()
    look(memory, target, ONE, {"unanswered": waiting("b")}, hours=2)
    assert target.titles("sales") == ["Leadtrace: 1 MQL has waited for sales for more than 5 days"]


def test_a_slow_target_holds_up_no_other(memory: Remembering, target: Target) -> None:
    target.waiting_for["sales"] = threading.Event()
    process = notifier(BOTH, target)
    looking = threading.Thread(target=process.look, args=(memory, Answers({"unanswered": waiting("a")})))
    looking.start()
    for _ in range(500):
        if any(row["state"] == "sent" for row in memory.rows):
            break
        threading.Event().wait(0.01)
    assert [row["target"] for row in memory.rows if row["state"] == "sent"] == ["boss"]
    target.waiting_for["sales"].set()
    looking.join(5)
    assert len(target.taken) == 2


def test_after_one_failure_a_target_is_not_tried_with_the_rest(memory: Remembering, target: Target) -> None:
    target.refusing["data"] = AWAY
    wishes = f'{LETTERS}\n[rules.data_quality]\ntargets = ["data"]'
    issue = Case("journeys x", size=1, told={"issue": "x", "area": "journeys", "count": 1})
    done = look(memory, target, wishes, {"dead_letters": [letters(1)], "data_quality": [issue]})
    assert len(done) == 1
    target.refusing.clear()
    look(memory, target, wishes, {"dead_letters": [letters(1)], "data_quality": [issue]}, minutes=5)
    assert len(target.taken) == 2


@pytest.mark.parametrize(
    ("wishes", "is_told"),
    [
        ('quiet = "17:00-08:00"', False),
        ('quiet = "08:00-17:00"', True),
        ('quiet = ["12:00-13:00", "18:00-18:01"]', False),
        ('quiet_days = ["sat", "sun"]', True),
        ('quiet_days = ["wed"]', False),
        ('quiet_days = ["wed"]\n[targets.sales]\nquiet_days = []', True),
    ],
)
def test_nobody_is_disturbed_in_quiet_hours_and_nothing_is_lost(
    memory: Remembering, target: Target, wishes: str, is_told: bool
) -> None:
    """It is Wednesday, 18:00 there."""
    look(memory, target, f"{wishes}\n{ONE}", {"unanswered": waiting("a")})
    assert bool(target.taken) is is_told
    look(memory, target, ONE, {"unanswered": waiting("a")}, hours=16)
    assert len(target.taken) == 1


def test_each_target_is_told_once_by_itself(memory: Remembering, target: Target) -> None:
    look(memory, target, ONE, {"unanswered": waiting("a")})
    look(memory, target, BOTH, {"unanswered": waiting("a")}, hours=1)
    assert sorted(name for name, _ in target.taken) == ["boss", "sales"]
