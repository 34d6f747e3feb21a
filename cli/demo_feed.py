"""Feeds a simulated market to the pipeline the way the outside world does: HTTP requests, webhooks, files."""

import asyncio
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import orjson

from answers.clock import now
from answers.identifiers import token_of
from producers.attendance.rows import AttendanceOptions
from producers.corrections import said_by_hand
from producers.crm.export import CrmOptions
from producers.crm.mapping_folder import MappingFolder
from producers.crm.signatures import secrets_of
from producers.crm.webhook import facts_of_webhook
from producers.imports import Plan, plan_attendance, plan_crm, plan_rates, plan_sem
from producers.privacy.facts import record_of
from producers.privacy.personal_data import Tokeniser
from producers.privacy.tokenisers import tokeniser_of
from producers.publishing.publisher import Publisher
from producers.rates.files import RateOptions
from producers.sem.importers import SemKind
from producers.sem.options import SemOptions
from schemas.codec import Encoded
from schemas.envelope import given_id
from schemas.identity import IdentityBlocked, IdentitySplit
from schemas.topics import LINKS
from settings import Settings

AT_ONCE = 16
TRIES = 5


class FeedError(RuntimeError):
    """The collector or an importer did not take what it must take; the text is a sentence."""


@dataclass(frozen=True, slots=True)
class Posted:
    """One HTTP request to the collector."""

    path: str
    body: bytes
    headers: dict[str, str]


def requests_in(folder: Path) -> list[Posted]:
    """The website's requests."""
    with (folder / "requests.jsonl").open("rb") as lines:
        told = [orjson.loads(line) for line in lines]
    return [Posted(one["path"], one["body"].encode(), one["headers"]) for one in told]


def webhooks_in(folder: Path, key: str) -> list[Posted]:
    """The requests of the CRMs; `key` is the one from which the secrets of all systems are made."""
    with (folder / "crm" / "webhooks.jsonl").open("rb") as lines:
        told = [orjson.loads(line) for line in lines]
    return [Posted(one["path"], one["body"].encode(), _as_a_crm(one["path"], key)) for one in told]


def _as_a_crm(path: str, key: str) -> dict[str, str]:
    (secret,) = secrets_of(path.rpartition("/")[2], (), key)
    return {"Content-Type": "application/json", "Authorization": f"Bearer {secret.decode()}"}


def ids_of_requests(requests: Iterable[Posted]) -> set[str]:
    """The ids that the facts of the website's requests must have: as their senders chose them."""
    ids: set[str] = set()
    for request in requests:
        body = orjson.loads(request.body)
        if isinstance(body, dict) and "batch" in body:
            ids |= {given_id(call["messageId"], "segment") for call in body["batch"]}
        else:
            events = body if isinstance(body, list) else [body]
            ids |= {given_id(event["id"], "collector") for event in events}
    return ids


def ids_of_webhooks(webhooks: Iterable[Posted], given: Settings) -> set[str]:
    """The ids of the facts that the CRM's webhooks hold. Raises SettingsError, PolicyError."""
    mappings, tokeniser = MappingFolder(given.data_dir).current(), tokeniser_of(given)
    ids: set[str] = set()
    for hook in webhooks:
        system = hook.path.rpartition("/")[2]
        found = facts_of_webhook(system, orjson.loads(hook.body), mappings, tokeniser, now())
        ids |= {str(orjson.loads(record.value)["event_id"]) for record in found.records}
    return ids


async def post_all(base: str, requests: Iterable[Posted]) -> int:
    """Send all requests, several at once; returns how many events were accepted. Raises FeedError."""
    waiting = iter(list(requests))
    accepted: list[int] = []
    async with aiohttp.ClientSession(base, timeout=aiohttp.ClientTimeout(total=30)) as session:

        async def send_on() -> None:
            for request in waiting:
                accepted.append(await post(session, request))

        await asyncio.gather(*(send_on() for _ in range(AT_ONCE)))
    return sum(accepted)


async def post(session: aiohttp.ClientSession, request: Posted) -> int:
    """Send one request, as a browser does: again if the collector is not ready. Raises FeedError."""
    why = ""
    for attempt in range(TRIES):
        try:
            async with session.post(request.path, data=request.body, headers=request.headers) as answer:
                told: dict[str, Any] = await answer.json()
                if answer.status == 200 and not told["rejected"]:
                    return int(told["accepted"])
                why = f"{answer.status}: {told.get('error') or told.get('rejected')}"
                if answer.status < 500:
                    break
        except (aiohttp.ClientError, TimeoutError) as error:
            why = type(error).__name__
        await asyncio.sleep(0.2 * 2**attempt)
    raise FeedError(f"the collector did not take a request to {request.path} ({why})")


def corrections_in(folder: Path, tokeniser: Tokeniser) -> list[Encoded]:
    """What people corrected by hand, as `leadtrace identity split` and `block` say it."""
    with (folder / "corrections.jsonl").open("rb") as lines:
        told = [orjson.loads(line) for line in lines]
    return [record_of(_correction(one, tokeniser), LINKS.name, tokeniser) for one in told]


def _correction(told: Mapping[str, Any], tokeniser: Tokeniser) -> IdentitySplit | IdentityBlocked:
    names = [token_of(name, tokeniser) for name in told["names"]]
    if len(names) == 1:
        return said_by_hand(IdentityBlocked, told["at"], identifier=names[0], reason=told["reason"])
    return said_by_hand(IdentitySplit, told["at"], left=names[0], right=names[1], reason=told["reason"])


def sem_kind(name: str) -> SemKind:
    """What a file of the market's folder sem/ holds, by its name."""
    if name.startswith("keyword_list"):
        return "dictionary"
    return "clicks" if "clicks" in name else "keywords"


def plans_of(folder: Path, given: Settings, made_at: int) -> Iterator[tuple[Path, Plan]]:
    """Plan the import of each file; `made_at` is when reports were made that don't say it, UTC milliseconds.

    Raises SettingsError, PolicyError.
    """
    at, tokeniser = now(), tokeniser_of(given)
    for path in sorted((folder / "sem").iterdir()):
        options = SemOptions(received_at=at, as_of=made_at, timezone=given.timezone)
        yield path, plan_sem(path.read_bytes(), path.name, options, sem_kind(path.name))
    for path in sorted((folder / "crm").glob("*.csv")):
        mapping = path.with_suffix(".toml").read_text(encoding="utf-8")
        yield path, plan_crm(path.read_bytes(), path.name, mapping, CrmOptions(received_at=at), tokeniser)
    for path in sorted((folder / "attendance").glob("*.csv")):
        attendance = AttendanceOptions(received_at=at, timezone=given.timezone)
        yield path, plan_attendance(path.read_bytes(), path.name, attendance, tokeniser)
    for number, path in enumerate(sorted((folder / "rates").iterdir())):
        # Each was made after the one before, so that it restates that.
        rates = RateOptions(received_at=at, as_of=made_at + number)
        yield path, plan_rates(path.read_bytes(), path.name, rates)


def correct_all(folder: Path, given: Settings) -> list[Encoded]:
    """Publish the corrections; returns them. Raises PublishError, SettingsError, PolicyError."""
    corrections = corrections_in(folder, tokeniser_of(given))
    publisher = Publisher(given)
    try:
        publisher.publish(corrections)
    finally:
        publisher.close()
    return corrections


def import_all(folder: Path, given: Settings, made_at: int) -> Iterator[tuple[Path, Plan]]:
    """Import each file, and say which; raises FeedError for a file that isn't understood, PublishError."""
    publisher, tokeniser = Publisher(given), tokeniser_of(given)
    try:
        for path, plan in plans_of(folder, given, made_at):
            if plan.error or plan.rejects:
                raise FeedError(f"{path} was not imported: {plan.error or plan.rejects[0]}")
            publisher.publish(plan.records(tokeniser))
            yield path, plan
    finally:
        publisher.close()
