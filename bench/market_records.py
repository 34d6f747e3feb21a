"""The records of a simulated market, made by the adapters that collector and importers use.

Every fact is received some seconds after it happened, by a clock that is part of the market: so that two
runs, and the pure core, are given the very same facts.
"""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from cli.demo_feed import corrections_in, sem_kind
from producers.attendance.rows import AttendanceOptions
from producers.crm.export import CrmOptions
from producers.crm.mapping import parse_mapping
from producers.crm.webhook import facts_of_webhook
from producers.imports import Plan, plan_attendance, plan_crm, plan_sem
from producers.privacy.facts import record_of
from producers.privacy.personal_data import Tokeniser
from producers.sem.options import SemOptions
from producers.website.facts import Reception
from producers.website.native import fact_of_event
from producers.website.segment import fact_of_call
from schemas.codec import Encoded
from schemas.envelope import Fact
from schemas.topics import UTM, WEBSITE
from schemas.utm import CampaignTouched, EventAttended

KEY = "a secret of tests and measurements only"


def records_of(folder: Path, known_at: int) -> list[Encoded]:
    """All records of a market written to `folder`; files were imported at `known_at`, UTC milliseconds."""
    tokeniser = Tokeniser(KEY)
    found = [record_of(fact, _topic(fact), tokeniser) for fact in _requested(folder, tokeniser)]
    for file in sorted((folder / "sem").glob("*.csv")):
        options = SemOptions(received_at=known_at, as_of=known_at)
        found.extend(
            _understood(plan_sem(file.read_bytes(), file.name, options, sem_kind(file.name)), tokeniser)
        )
    for file in sorted((folder / "crm").glob("*.csv")):
        mapping = file.with_suffix(".toml").read_text("utf-8")
        options_crm = CrmOptions(received_at=known_at)
        found.extend(
            _understood(plan_crm(file.read_bytes(), file.name, mapping, options_crm, tokeniser), tokeniser)
        )
    for file in sorted((folder / "attendance").glob("*.csv")):
        options_list = AttendanceOptions(received_at=known_at)
        found.extend(
            _understood(plan_attendance(file.read_bytes(), file.name, options_list, tokeniser), tokeniser)
        )
    return [*found, *_webhooks(folder, tokeniser), *corrections_in(folder, tokeniser)]


def _understood(plan: Plan, tokeniser: Tokeniser) -> Iterable[Encoded]:
    assert not plan.error, plan.error
    assert not plan.rejects, plan.rejects
    return plan.records(tokeniser)


def _requested(folder: Path, tokeniser: Tokeniser) -> Iterator[Fact]:
    with (folder / "requests.jsonl").open(encoding="utf-8") as lines:
        for line in lines:
            request = json.loads(line)
            body = json.loads(request["body"])
            reception = Reception(tokeniser, received_at=request["at"] + 1000)
            if request["path"].startswith("/v1/events"):
                for event in body if isinstance(body, list) else [body]:
                    yield fact_of_event(event, reception)
            else:
                for call in body["batch"]:
                    yield fact_of_call(call, reception)


def _webhooks(folder: Path, tokeniser: Tokeniser) -> Iterator[Encoded]:
    path = folder / "crm" / "webhooks.jsonl"
    if not path.exists():
        return
    mappings = [parse_mapping(each.read_text("utf-8")) for each in sorted(path.parent.glob("*.toml"))]
    for line in path.read_text("utf-8").splitlines():
        hook = json.loads(line)
        system = hook["path"].rsplit("/", 1)[1]
        told = facts_of_webhook(
            system, json.loads(hook["body"]), {system: mappings}, tokeniser, hook["at"] + 1000
        )
        assert not told.rejected, told.rejected
        yield from told.records


def _topic(fact: Fact) -> str:
    return UTM.name if isinstance(fact, CampaignTouched | EventAttended) else WEBSITE.name
