"""What is due in a partition, by its metadata, and what looking through its states leads to."""

import facts as f
import pytest
from states import state_in

from attribution.advance import Arrival, advance
from attribution.partition_metadata import PartitionMetadata, dump_metadata, load_metadata, under
from attribution.policy import Policy
from attribution.state import State, dump_state
from schemas.codec import decode
from schemas.terms import DAY_MS
from schemas.topics import WEBSITE
from schemas.website import PageViewed
from streams.batches import Batch, MaintenanceTask, Record
from streams.handlers import build_journeys
from streams.maintenance import METADATA, IdentityMaintenance, JourneyMaintenance

NOW = f.START + 1000 * f.DAY
DEVICE, OTHER = "anon:1", "anon:2"
SOME = {b"anon:1": b"{}"}


def derived(policy: Policy, /, **more: object) -> bytes:
    """The metadata of a partition in which all is derived by this policy."""
    metadata = PartitionMetadata(policy=policy.version, epoch=policy.epoch, derived=True, looked_at=NOW)
    return dump_metadata(metadata.model_copy(update=more))


def planned(
    maintenance: JourneyMaintenance | IdentityMaintenance, metadata: bytes | None, now: int = NOW
) -> MaintenanceTask | None:
    return maintenance.plan(metadata, now)


def test_a_partition_without_metadata_is_looked_through(policy: Policy) -> None:
    for maintenance in (JourneyMaintenance(policy), IdentityMaintenance(policy)):
        task = planned(maintenance, None)
        assert task is not None
        assert (task.anew, load_metadata(task.metadata)) == (
            True,
            PartitionMetadata(policy=policy.version, epoch=policy.epoch),
        )
        assert planned(maintenance, maintenance.finish(task, task.metadata, NOW)) is None


def test_nothing_is_sent_before_the_metadata_say_by_which_policy(policy: Policy) -> None:
    maintenance = JourneyMaintenance(policy)
    opened = maintenance.open(derived(policy, policy="another", epoch=7), SOME, NOW)
    assert opened is not None
    assert load_metadata(opened) == PartitionMetadata(policy=policy.version, epoch=8, looked_at=NOW)
    assert maintenance.open(opened, SOME, NOW) is maintenance.open(derived(policy), SOME, NOW) is None
    assert maintenance.open(None, SOME, NOW) is not None


def test_where_nothing_is_nothing_has_to_be_looked_through(policy: Policy) -> None:
    opened = JourneyMaintenance(policy).open(None, {}, NOW)
    assert opened == derived(policy)


def test_another_policy_opens_the_next_epoch(policy: Policy) -> None:
    task = planned(JourneyMaintenance(policy), derived(policy, policy="another", epoch=7))
    assert task is not None
    assert load_metadata(task.metadata) == PartitionMetadata(policy=policy.version, epoch=8, looked_at=NOW)


def test_the_number_in_the_policy_is_the_least_that_its_epoch_may_be(policy: Policy) -> None:
    raised = policy.model_copy(update={"epoch": 40})
    assert under(load_metadata(derived(policy)), raised).epoch == 40
    assert under(PartitionMetadata(policy="another", epoch=50, derived=True), raised).epoch == 51


def test_what_was_begun_is_due_until_it_is_done(policy: Policy) -> None:
    maintenance = JourneyMaintenance(policy)
    task = planned(maintenance, None)
    assert task is not None
    assert planned(maintenance, task.metadata) == task


@pytest.mark.parametrize(("days", "due"), [(0, False), (400, True)])
def test_once_a_day_the_forgotten_are_looked_for(policy: Policy, days: int, due: bool) -> None:
    kept = policy.model_copy(
        update={"retention": policy.retention.model_copy(update={"anonymous_days": days})}
    )
    task = planned(JourneyMaintenance(kept), derived(kept), NOW + DAY_MS)
    assert (task is not None) is due
    assert planned(JourneyMaintenance(kept), derived(kept), NOW + DAY_MS - 1) is None
    assert planned(IdentityMaintenance(kept), derived(kept), NOW + DAY_MS) is None
    assert task is None or not task.anew


def state_of(policy: Policy, view: PageViewed, offset: int) -> bytes:
    return dump_state(advance(view.subject, State(), [Arrival(WEBSITE.name, offset, view)], policy).state)


def test_letting_go_leaves_the_offsets_behind(policy: Policy) -> None:
    """Else what comes of the same visitor later would have a smaller version than what ClickHouse holds."""
    table = {
        METADATA: derived(policy),
        DEVICE.encode(): state_of(policy, f.page(DEVICE, 0), 70),
        OTHER.encode(): state_of(policy, f.page(OTHER, 999 * f.DAY), 90),
    }
    maintenance = JourneyMaintenance(policy)
    task = planned(maintenance, table[METADATA], NOW + DAY_MS)
    assert task is not None
    effects = maintenance.perform(task, [DEVICE.encode(), OTHER.encode(), b"anon:gone"], NOW, table.get)
    assert (effects.outputs, set(effects.changes)) == ((), {METADATA, DEVICE.encode()})
    assert effects.changes[DEVICE.encode()] is None
    metadata = load_metadata(effects.changes[METADATA])
    assert metadata.floor == {WEBSITE.name: 70}
    assert load_metadata(maintenance.finish(task, dump_metadata(metadata), NOW)).floor == {WEBSITE.name: 70}


def test_letting_go_of_a_state_lets_go_of_all_its_records(policy: Policy) -> None:
    views = [f.page(DEVICE, at) for at in (0, f.MINUTE, 3 * f.HOUR)]
    records = [
        Record(offset, DEVICE.encode(), view.model_dump_json().encode(), (), 0)
        for offset, view in enumerate(views)
    ]
    table: dict[bytes, bytes | None] = {METADATA: derived(policy)}
    for record in records:
        effects = build_journeys(policy)(Batch(WEBSITE.name, 0, (record,)), table.get)
        table.update(effects.changes)
    there = {key for key, data in table.items() if data is not None} - {METADATA}
    assert len(there) > 3
    task = planned(JourneyMaintenance(policy), table[METADATA], NOW + DAY_MS)
    assert task is not None
    effects = JourneyMaintenance(policy).perform(task, sorted(there), NOW, table.get)
    assert {key for key, data in effects.changes.items() if data is None} == there
    assert list(effects.changes)[-1] == DEVICE.encode()


def test_a_new_state_starts_from_where_the_forgotten_ended(policy: Policy) -> None:
    view = f.page(DEVICE, 0)
    record = Record(3, DEVICE.encode(), view.model_dump_json().encode(), (), 0)
    table = {METADATA: derived(policy, floor={"utm.events": 8, WEBSITE.name: 2})}
    effects = build_journeys(policy)(Batch(WEBSITE.name, 0, (record,)), table.get)
    assert state_in(effects.changes, DEVICE).applied == {"utm.events": 8, WEBSITE.name: 3}


def test_looking_through_sends_the_snapshot_of_the_new_epoch(policy: Policy) -> None:
    table = {DEVICE.encode(): state_of(policy, f.page(DEVICE, 0), 5)}
    maintenance = JourneyMaintenance(policy)
    task = planned(maintenance, derived(policy, policy="another", epoch=7))
    assert task is not None
    effects = maintenance.perform(task, list(table), NOW, {**table, METADATA: task.metadata}.get)
    (journey,) = (decode(each.topic, each.value) for each in effects.outputs)
    assert (journey.person, journey.version >> 48, effects.changes) == (DEVICE, 8, {})
