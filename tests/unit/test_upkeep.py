"""What is due in a partition, by its mark, and what looking through its states leads to."""

import facts as f
import pytest

from attribution.advance import Arrival, advance
from attribution.policy import Policy
from attribution.state import State, dump_state, load_state
from attribution.upkeep import Mark, dump_mark, load_mark, under
from schemas.codec import decode
from schemas.topics import WEBSITE
from schemas.website import PageViewed
from streams.handlers import build_journeys
from streams.runs import Errand, Record, Run
from streams.upkeep import DAY_MS, MARK, IdentityUpkeep, JourneyUpkeep

NOW = f.START + 1000 * f.DAY
DEVICE, OTHER = "anon:1", "anon:2"


def derived(policy: Policy, /, **more: object) -> bytes:
    """The mark of a partition in which all is derived by this policy."""
    mark = Mark(policy=policy.version, epoch=policy.epoch, derived=True, looked_at=NOW)
    return dump_mark(mark.model_copy(update=more))


def planned(upkeep: JourneyUpkeep | IdentityUpkeep, mark: bytes | None, now: int = NOW) -> Errand | None:
    return upkeep.plan(mark, now)


def test_a_partition_without_a_mark_is_looked_through(policy: Policy) -> None:
    for upkeep in (JourneyUpkeep(policy), IdentityUpkeep(policy)):
        errand = planned(upkeep, None)
        assert errand is not None
        assert (errand.anew, load_mark(errand.mark)) == (
            True,
            Mark(policy=policy.version, epoch=policy.epoch),
        )
        assert planned(upkeep, upkeep.finish(errand, errand.mark, NOW)) is None


def test_nothing_is_sent_before_the_mark_says_by_which_policy(policy: Policy) -> None:
    upkeep = JourneyUpkeep(policy)
    opened = upkeep.open(derived(policy, policy="another", epoch=7), 3, NOW)
    assert opened is not None
    assert load_mark(opened) == Mark(policy=policy.version, epoch=8, looked_at=NOW)
    assert upkeep.open(opened, 3, NOW) is upkeep.open(derived(policy), 3, NOW) is None
    assert upkeep.open(None, 3, NOW) is not None


def test_where_nothing_is_nothing_has_to_be_looked_through(policy: Policy) -> None:
    opened = JourneyUpkeep(policy).open(None, 0, NOW)
    assert opened == derived(policy)


def test_another_policy_opens_the_next_epoch(policy: Policy) -> None:
    errand = planned(JourneyUpkeep(policy), derived(policy, policy="another", epoch=7))
    assert errand is not None
    assert load_mark(errand.mark) == Mark(policy=policy.version, epoch=8, looked_at=NOW)


def test_the_number_in_the_policy_is_the_least_that_its_epoch_may_be(policy: Policy) -> None:
    raised = policy.model_copy(update={"epoch": 40})
    assert under(load_mark(derived(policy)), raised).epoch == 40
    assert under(Mark(policy="another", epoch=50, derived=True), raised).epoch == 51


def test_what_was_begun_is_due_until_it_is_done(policy: Policy) -> None:
    upkeep = JourneyUpkeep(policy)
    errand = planned(upkeep, None)
    assert errand is not None
    assert planned(upkeep, errand.mark) == errand


@pytest.mark.parametrize(("days", "due"), [(0, False), (400, True)])
def test_once_a_day_the_forgotten_are_looked_for(policy: Policy, days: int, due: bool) -> None:
    kept = policy.model_copy(
        update={"retention": policy.retention.model_copy(update={"anonymous_days": days})}
    )
    errand = planned(JourneyUpkeep(kept), derived(kept), NOW + DAY_MS)
    assert (errand is not None) is due
    assert planned(JourneyUpkeep(kept), derived(kept), NOW + DAY_MS - 1) is None
    assert planned(IdentityUpkeep(kept), derived(kept), NOW + DAY_MS) is None
    assert errand is None or not errand.anew


def state_of(policy: Policy, view: PageViewed, offset: int) -> bytes:
    return dump_state(advance(view.subject, State(), [Arrival(WEBSITE.name, offset, view)], policy).state)


def test_letting_go_leaves_the_offsets_behind(policy: Policy) -> None:
    """Else what comes of the same visitor later would have a smaller version than what ClickHouse holds."""
    table = {
        MARK: derived(policy),
        DEVICE.encode(): state_of(policy, f.page(DEVICE, 0), 70),
        OTHER.encode(): state_of(policy, f.page(OTHER, 999 * f.DAY), 90),
    }
    upkeep = JourneyUpkeep(policy)
    errand = planned(upkeep, table[MARK], NOW + DAY_MS)
    assert errand is not None
    effects = upkeep.tend(errand, [DEVICE.encode(), OTHER.encode(), b"anon:gone"], NOW, table.get)
    assert (effects.outputs, set(effects.changes)) == ((), {MARK, DEVICE.encode()})
    assert effects.changes[DEVICE.encode()] is None
    mark = load_mark(effects.changes[MARK])
    assert mark.floor == {WEBSITE.name: 70}
    assert load_mark(upkeep.finish(errand, dump_mark(mark), NOW)).floor == {WEBSITE.name: 70}


def test_a_new_state_starts_from_where_the_forgotten_ended(policy: Policy) -> None:
    view = f.page(DEVICE, 0)
    record = Record(3, DEVICE.encode(), view.model_dump_json().encode(), (), 0)
    table = {MARK: derived(policy, floor={"utm.events": 8, WEBSITE.name: 2})}
    effects = build_journeys(policy)(Run(WEBSITE.name, 0, (record,)), table.get)
    assert load_state(effects.changes[DEVICE.encode()]).applied == {"utm.events": 8, WEBSITE.name: 3}


def test_looking_through_sends_the_snapshot_of_the_new_epoch(policy: Policy) -> None:
    table = {DEVICE.encode(): state_of(policy, f.page(DEVICE, 0), 5)}
    upkeep = JourneyUpkeep(policy)
    errand = planned(upkeep, derived(policy, policy="another", epoch=7))
    assert errand is not None
    effects = upkeep.tend(errand, list(table), NOW, {**table, MARK: errand.mark}.get)
    (journey,) = (decode(each.topic, each.value) for each in effects.outputs)
    assert (journey.person, journey.version >> 48, effects.changes) == (DEVICE, 8, {})
