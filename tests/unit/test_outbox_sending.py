"""Each order is told once: over lost answers, ended processes, two senders, and others that hang."""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import replace
from itertools import pairwise
from typing import Any

import pytest
from orders import account, order
from outboxes import OK, Clock, MemoryStore, Receiver, lost, process

from outbox.allowed import Allowed
from outbox.destination import Answer, Limits
from outbox.destinations.segment import Segment
from outbox.destinations.webhook import Webhook
from outbox.known import Entry, KnownLead
from outbox.ledger import Event, Ledger
from outbox.log import OutboxLog, SupersededError, decide
from outbox.planning import Surroundings, events_of_lead
from outbox.running import Outbox
from outbox.speaking import LostError, UnreachableError
from schemas.outbox import AccountSet, OrderDecided

KEY = "whsec_" + "QUJD" * 8
URL = {"url": "https://erp.example.com/hooks"}
AT = 1_700_000_000_000


def allowed(name: str = "erp", **other: Any) -> Allowed:
    options = other.pop("options", URL)
    of = account(name=name, options=options, secrets={"key": KEY}, stages={"lead": account().stages["won"]})
    given = Allowed(
        account=of,
        destination=Webhook(),
        occasions=frozenset({"stage"}),
        since=0,
        limits=Limits(),
        gives_up=10**9,
    )
    return replace(given, **other)


CARELESS = allowed(options={**URL, "knows_repeats": "false"})


def lead(person: str = "crm:hubspot:1", *names: str) -> KnownLead:
    entry = Entry(stage="lead", at=AT, occurrence=1, evidence=f"fact of {person}")
    return KnownLead(person=person, version=1, identifiers=names or (person,), entries=(entry,))


def planned(*leads: KnownLead, of: tuple[Allowed, ...]) -> Callable[[Ledger], Iterable[Event]]:
    def events(ledger: Ledger) -> Iterable[Event]:
        for each in leads or (lead(),):
            for to in of:
                yield from events_of_lead(each, to, ledger, Surroundings(AT + 1000))

    return events


def once(*boxes: Outbox) -> None:
    async def run() -> None:
        for box in boxes:
            if not box.journal.ledger.owner:
                await box.claim()
            await box.run_once()

    asyncio.run(run())


def start(
    store: MemoryStore, receiver: Any, clock: Clock, *of: Allowed, leads: tuple[KnownLead, ...] = ()
) -> Outbox:
    return process(store, receiver, clock, of, planned(*leads, of=of))


def states(box: Outbox) -> list[str]:
    return [line.state for line in box.journal.ledger.lines.values()]


def test_an_order_is_told_once_however_often_somebody_looks_and_starts() -> None:
    store, receiver, clock = MemoryStore(), Receiver(), Clock()
    for _ in range(3):
        box = start(store, receiver, clock, allowed())
        once(box, box)
        store.compact()
    assert list(receiver.came.values()) == [1]
    assert states(box) == ["accepted"]


def test_what_did_not_answer_is_told_again_under_the_same_id_if_the_receiver_knows_it_by_that() -> None:
    store, clock = MemoryStore(), Clock()
    receiver = Receiver(lost(), OK)
    box = start(store, receiver, clock, allowed())
    once(box)
    assert states(box) == ["later"]
    once(box)
    assert len(receiver.requests) == 1, "not at once"
    clock.later(60)
    once(box)
    assert states(box) == ["accepted"]
    first, again = receiver.requests
    assert first.headers["webhook-id"] == again.headers["webhook-id"]
    assert first.body == again.body


def test_what_did_not_answer_is_left_to_a_person_if_the_receiver_would_not_know_it_again() -> None:
    store, receiver, clock = MemoryStore(), Receiver(lost(), OK), Clock()
    box = start(store, receiver, clock, CARELESS)
    once(box)
    clock.later(100_000)
    once(box)
    assert states(box) == ["unknown"]
    assert list(receiver.came.values()) == [1]
    (key,) = receiver.came
    decide(store, OrderDecided(at=clock(), key=key, decision="again"))
    box = start(store, receiver, clock, CARELESS)
    once(box)
    assert (states(box), receiver.came[key]) == (["accepted"], 2)


def test_a_person_may_say_that_it_was_taken() -> None:
    store, receiver, clock = MemoryStore(), Receiver(lost()), Clock()
    once(start(store, receiver, clock, CARELESS))
    (key,) = receiver.came
    decide(store, OrderDecided(at=clock(), key=key, decision="sent"))
    store.compact()
    box = start(store, receiver, clock, CARELESS)
    once(box)
    assert (states(box), receiver.came[key]) == (["sent"], 1)


def test_what_is_sent_again_though_it_was_taken_ends_as_the_receiver_answers_then() -> None:
    store, receiver, clock = MemoryStore(), Receiver(), Clock()
    once(start(store, receiver, clock, allowed()))
    (key,) = receiver.came
    decide(store, OrderDecided(at=clock(), key=key, decision="again"))
    box = start(store, Receiver(Answer(status=410)), clock, allowed())
    once(box)
    assert states(box) == ["refused"]


class Killed(BaseException):
    """The process ends in the middle of a request."""


@pytest.mark.parametrize("took_it", [True, False])
@pytest.mark.parametrize(("of", "then"), [(allowed(), "accepted"), (CARELESS, "unknown")])
def test_a_process_that_is_killed_between_sending_and_its_answer(
    took_it: bool, of: Allowed, then: str
) -> None:
    store, clock, taken = MemoryStore(), Clock(), set[str]()

    def killed(request: Any) -> Answer:
        if took_it:
            taken.add(request.headers["webhook-id"])
        raise Killed

    def takes(request: Any) -> Answer:
        taken.add(request.headers["webhook-id"])
        return OK

    with pytest.raises(Killed):
        once(start(store, Receiver(killed), clock, of))
    second = start(store, Receiver(takes), clock, of)
    once(second)
    assert states(second) == ["sending"], "the one before may still hear an answer"
    clock.later(61)
    once(second)
    clock.later(1)
    once(second)
    assert states(second) == [then]
    assert len(taken) == (1 if took_it or then == "accepted" else 0)


def test_of_two_senders_only_the_one_that_claimed_last_sends() -> None:
    store, clock = MemoryStore(), Clock()
    one, other = Receiver(), Receiver()
    first, second = start(store, one, clock, allowed()), start(store, other, clock, allowed())

    async def both() -> None:
        await first.claim()
        await first.plan()
        await second.claim()
        with pytest.raises(SupersededError):
            await first.tasks[0].step()
        await second.run_once()

    asyncio.run(both())
    assert not one.requests, "what it had written before it saw the other was void, and it sent nothing"
    assert sum(other.came.values()) == 1


def test_two_that_claim_at_once_are_one_owner() -> None:
    store = MemoryStore()
    one, other = OutboxLog(store, "a"), OutboxLog(store, "b")
    one.catch_up()
    other.claim(1)
    with pytest.raises(SupersededError):
        one.say([AccountSet(at=1, destination="webhook", account="erp", is_open=True)])
    one.claim(2)
    with pytest.raises(SupersededError):
        other.look()
    assert one.is_ours


def test_an_answer_that_comes_after_another_has_taken_over_is_believed() -> None:
    """The receiver has it, whoever told it so."""
    store, clock = MemoryStore(), Clock()
    first = start(store, Receiver(), clock, allowed())
    heirs: list[Outbox] = []

    async def overtaken() -> None:
        await first.claim()
        await first.plan()

        async def answer(_request: Any) -> Answer:
            heirs.append(start(store, Receiver(), clock, allowed()))
            await heirs[0].claim()
            return OK

        first._tools.speaker.replies = [answer]  # type: ignore[attr-defined]  # of the test's own receiver
        with pytest.raises(SupersededError):
            await first.run_once()
        clock.later(100)
        await heirs[0].run_once()

    asyncio.run(overtaken())
    assert states(heirs[0]) == ["accepted"]


def test_one_that_hangs_holds_up_no_other() -> None:
    store, clock = MemoryStore(), Clock()
    slow, quick = allowed("slow"), allowed("quick", options={"url": "https://quick.example.com/"})

    async def reply(request: Any) -> Answer:
        if "quick" not in request.url:
            await asyncio.sleep(3600)
        return OK

    receiver = Receiver(reply)
    box = process(
        store, receiver, clock, (slow, quick), planned(lead("crm:a:1"), lead("crm:a:2"), of=(slow, quick))
    )

    async def run() -> None:
        await box.claim()
        running = asyncio.create_task(box.run(lambda: None))
        while states(box).count("accepted") < 2:
            await asyncio.sleep(0.01)
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)

    asyncio.run(asyncio.wait_for(run(), 20))
    assert sorted(states(box)) == ["accepted", "accepted", "planned", "sending"]


def test_one_that_answers_nonsense_stops_nothing_and_one_that_is_away_is_left_alone_longer_and_longer() -> (
    None
):
    store, clock = MemoryStore(), Clock()
    receiver = Receiver(UnreachableError("it can't be reached"))
    box = start(store, receiver, clock, allowed(), leads=tuple(lead(f"crm:a:{nth}") for nth in range(5)))
    once(box)
    assert sorted(states(box)) == ["later", *["planned"] * 4]
    tried = []
    for _ in range(400):
        clock.later(1)
        before = sum(line.attempt for line in box.journal.ledger.lines.values())
        once(box)
        if sum(line.attempt for line in box.journal.ledger.lines.values()) > before:
            tried.append(clock.now)
    gaps = [late - early for early, late in pairwise(tried)]
    assert gaps == sorted(gaps)
    assert len(tried) < 9


def test_retry_after_is_honoured_for_the_whole_account() -> None:
    store, clock = MemoryStore(), Clock()
    receiver = Receiver(Answer(status=429, headers={"retry-after": "120"}), OK)
    box = start(store, receiver, clock, allowed(), leads=(lead("crm:a:1"), lead("crm:a:2")))
    once(box)
    clock.later(119)
    once(box)
    assert len(receiver.requests) == 1
    clock.later(2)
    once(box)
    clock.later(600)
    once(box)
    assert states(box) == ["accepted"] * 2


def test_after_all_tries_the_endpoint_is_closed_until_a_person_opens_it() -> None:
    store, clock, receiver = MemoryStore(), Clock(), Receiver(Answer(status=500))
    endless = allowed(gives_up=10**12)
    box = start(store, receiver, clock, endless)
    for _ in range(12):
        once(box)
        clock.later(30 * 3600)
    assert states(box) == ["gave_up"]
    assert len(receiver.requests) == 10, "at once, and nine times more within four days"
    assert box.journal.ledger.account("erp").closed
    again = start(store, Receiver(), clock, endless, leads=(lead("crm:a:2"),))
    once(again)
    assert sorted(states(again)) == ["gave_up", "planned"]
    decide(store, AccountSet(at=clock(), destination="webhook", account="erp", is_open=True))
    third = start(store, Receiver(), clock, endless)
    once(third)
    assert sorted(states(third)) == ["accepted", "gave_up"]


def test_gone_for_good_closes_the_endpoint_at_once() -> None:
    store, clock, receiver = MemoryStore(), Clock(), Receiver(Answer(status=410))
    box = start(store, receiver, clock, allowed(), leads=(lead("crm:a:1"), lead("crm:a:2")))
    once(box)
    assert sorted(states(box)) == ["planned", "refused"]
    assert "gone for good" in box.journal.ledger.account("erp").closed


def test_no_more_than_allowed_goes_in_a_day_also_over_restarts() -> None:
    store, clock, receiver = MemoryStore(), Clock(), Receiver()
    few = allowed(limits=Limits(per_day=2))
    leads = tuple(lead(f"crm:a:{nth}") for nth in range(5))
    for _ in range(3):
        once(start(store, receiver, clock, few, leads=leads))
    assert len(receiver.requests) == 2
    clock.later(86_400)
    once(start(store, receiver, clock, few, leads=leads))
    assert len(receiver.requests) == 4


def test_a_batch_that_is_refused_for_one_of_its_orders_is_told_one_by_one() -> None:
    def reply(request: Any) -> Answer:
        return Answer(status=400 if b"bad" in request.body else 200)

    store, clock, receiver = MemoryStore(), Clock(), Receiver(reply)
    of = account("segment", name="cdp", secrets={"write_key": "w"}, stages={"lead": account().stages["won"]})
    cdp = Allowed(of, Segment(), frozenset({"stage"}), 0, Limits(orders_per_request=10))
    leads = tuple(lead(f"crm:a:{name}", f"crm:a:{name}", f"user:{name}") for name in ("good", "bad", "fine"))
    box = process(store, receiver, clock, (cdp,), planned(*leads, of=(cdp,)))
    once(box)
    assert sorted(states(box)) == ["accepted", "accepted", "refused"]


def test_a_dry_run_sends_nothing_and_what_it_would_have_sent_goes_when_it_is_over() -> None:
    store, clock, receiver = MemoryStore(), Clock(), Receiver()
    real = allowed()
    dry = replace(real, account=replace(real.account, dry_run=True))
    box = start(store, receiver, clock, dry)
    once(box)
    assert (states(box), receiver.requests) == (["dry_run"], [])
    box = start(store, receiver, clock, real)
    once(box)
    assert states(box) == ["accepted"]


def test_a_builder_that_fails_concerns_its_order_alone() -> None:
    class Broken(Webhook):
        def prepare(self, sending: Any) -> Any:
            raise KeyError("url")

    store, clock, receiver = MemoryStore(), Clock(), Receiver()
    box = start(store, receiver, clock, allowed(destination=Broken()))
    once(box)
    assert states(box) == ["refused"]
    assert order().key not in receiver.came


def test_nothing_that_a_receiver_says_of_people_is_written_down() -> None:
    store, clock = MemoryStore(), Clock()
    box = start(store, Receiver(LostError("it said li.wei@acme.example 13912345678")), clock, allowed())
    once(box)
    assert not [
        each
        for each in store.records
        if b"li.wei" in (each.value or b"") or b"1391234" in (each.value or b"")
    ]
