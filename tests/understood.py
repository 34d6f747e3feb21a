"""A simulated market as the product's parsers and its core understand it, beside the market's own truth."""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import market
from answers.identifiers import token_of
from attribution.policy import Policy, parse_policy
from attribution.replay import Replay
from cli.demo_feed import corrections_in, sem_kind
from market.knowable import know
from market.known import Known, KnownPerson
from market.model import Market
from producers.attendance.rows import AttendanceOptions
from producers.crm.export import CrmOptions
from producers.crm.mapping import CrmMapping, parse_mapping
from producers.crm.webhook import facts_of_webhook
from producers.imports import Plan, plan_attendance, plan_crm, plan_sem
from producers.privacy.personal_data import Tokeniser
from producers.publishing.collected import record
from producers.sem.options import SemOptions
from producers.website.facts import Reception
from producers.website.native import fact_of_event
from producers.website.segment import fact_of_call
from schemas.codec import Encoded
from schemas.journey import Journey, Opportunity

RECEIVED_AT = 1_790_000_000_000
POLICY: Policy = parse_policy(
    (Path(__file__).parents[1] / "attribution/policies/default.toml").read_text(encoding="utf-8")
)
TOKENISER = Tokeniser("a key that only tests use", "CN", POLICY.identity.blocks, POLICY.identity.mailbox)


@dataclass(frozen=True, slots=True)
class Understood:
    """A market, its truth, and the journeys and deals that the core makes of what the market wrote."""

    market: Market
    known: Known
    journeys: Mapping[str, Journey]
    deals: Mapping[str, Opportunity]

    def person(self, name: str) -> KnownPerson:
        """Return who has this name by the truth, browsers that people share left out."""
        return next(one for one in self.known.people if name in set(one.identifiers) - set(one.shared))

    def journey(self, name: str) -> Journey:
        """Return the journey of whoever the truth says has this name."""
        return self.journeys[as_called(self.person(name))]


def understand(simulated: Market, folder: Path) -> Understood:
    """Write a market, read it again with the product's parsers, and let the core derive all from it."""
    market.write(simulated, folder)
    replay = Replay(POLICY)
    replay.feed(records(folder))
    replay.drain(50)
    return Understood(simulated, know(simulated), replay.living(), replay.opportunities)


def as_called(person: KnownPerson) -> str:
    """Return a person's id as the product has it."""
    names = {*person.identifiers, *person.deleted} - set(person.shared)
    own = sorted(map(as_written, names))
    return next((name for name in own if name.startswith("crm:")), own[0])


def records(folder: Path) -> Iterator[Encoded]:
    """Yield what the product makes of each file of a market; everything must be understood."""
    yield from requested(folder / "requests.jsonl")
    for path in sorted((folder / "sem").iterdir()):
        options = SemOptions(received_at=RECEIVED_AT, as_of=RECEIVED_AT)
        yield from understood(plan_sem(path.read_bytes(), path.name, options, sem_kind(path.name)))
    for path in sorted(folder.glob("attendance/*.csv")):
        attended = AttendanceOptions(received_at=RECEIVED_AT)
        yield from understood(plan_attendance(path.read_bytes(), path.name, attended, TOKENISER))
    for name in ("leads", "follow_ups", "deals"):
        data, text = (folder / f"crm/{name}.csv").read_bytes(), (folder / f"crm/{name}.toml").read_text()
        yield from understood(plan_crm(data, name, text, CrmOptions(received_at=RECEIVED_AT), TOKENISER))
    yield from hooked(folder / "crm")
    yield from corrections_in(folder, TOKENISER)


def requested(path: Path) -> Iterator[Encoded]:
    reception = Reception(TOKENISER, RECEIVED_AT)
    for line in path.read_text(encoding="utf-8").splitlines():
        request = json.loads(line)
        body = json.loads(request["body"])
        if request["path"] == "/v1/batch":
            yield from (record(fact_of_call(call, reception), TOKENISER) for call in body["batch"])
        else:
            events = body if isinstance(body, list) else [body]
            yield from (record(fact_of_event(event, reception), TOKENISER) for event in events)


def hooked(folder: Path) -> Iterator[Encoded]:
    mappings: list[CrmMapping] = [parse_mapping(path.read_text()) for path in folder.glob("*.toml")]
    for line in (folder / "webhooks.jsonl").read_text(encoding="utf-8").splitlines():
        hook = json.loads(line)
        system = hook["path"].rpartition("/")[2]
        told = facts_of_webhook(system, json.loads(hook["body"]), {system: mappings}, TOKENISER, RECEIVED_AT)
        assert not told.rejected
        yield from told.records


def understood(plan: Plan) -> tuple[Encoded, ...]:
    assert not plan.error
    assert not plan.rejects
    assert not [note for note in plan.notes if note.startswith("WARNING")]
    return plan.records(TOKENISER)


def as_written(name: str) -> str:
    """Return an identifier as the product writes it: without personal data."""
    return token_of(name, TOKENISER)
