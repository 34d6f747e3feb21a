"""What a policy file allows: which accounts are told what, since when, how often, on which terms."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from outbox.destination import Account, Destination, Limits, StageRule
from outbox.orders import FACTS, Occasion
from outbox.policy_file import AccountWish, OutboxError, PolicyFile, StageWish, parse_file
from settings import PREFIX, Settings, variables

FILE: Final = "outbox.toml"
_LARGEST: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Allowed:
    """One account, and what may be told to it: nothing that happened before `since` (ms).

    `waits` (ms): so long after it happened, at the earliest. `consent`: the attribute of a lead that must
    have one of these values (in small letters); "": nobody is asked. `gives_up` (ms): so long after its first
    attempt an order is tried no more.
    """

    account: Account
    destination: Destination
    occasions: frozenset[Occasion]
    since: int
    limits: Limits
    allows_private: bool = False
    waits: int = 0
    consent: str = ""
    consents: frozenset[str] = frozenset()
    gives_up: int = 7 * 86_400_000

    @property
    def name(self) -> str:
        """What the policy file calls the account."""
        return self.account.name


@dataclass(frozen=True, slots=True)
class Policy:
    """A policy file, understood; `missing`: the variables that it names and the environment doesn't have;
    `needed`: those of them without which nothing can be sent, since their account is no dry run."""

    accounts: tuple[Allowed, ...]
    every_minutes: int
    missing: tuple[str, ...] = field(default=())
    needed: tuple[str, ...] = field(default=())

    def account(self, name: str) -> Allowed:
        """The account of this name. Raises OutboxError."""
        for each in self.accounts:
            if each.name == name:
                return each
        names = ", ".join(each.name for each in self.accounts)
        raise OutboxError(f"there is no account {name}; those in the policy file are {names}")


def file_of(given: Settings) -> Path | None:
    """The policy file; None if nobody wrote one where it is looked for."""
    if given.outbox is not None:
        return given.outbox
    usual = given.data_dir / FILE
    return usual if usual.exists() else None


def read_policy(given: Settings, kinds: Mapping[str, Destination]) -> Policy:
    """Read the policy file, with credentials from the environment as far as they are there.

    Raises OutboxError.
    """
    path = file_of(given)
    if path is None:
        raise OutboxError(
            f"nothing is allowed to be told: write {given.data_dir / FILE}, or say where it stands with "
            f"{PREFIX}OUTBOX (an example is in docs/way-back.md)"
        )
    try:
        if path.stat().st_size > _LARGEST:
            raise OutboxError(f"{path} is larger than {_LARGEST >> 20} MB")
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise OutboxError(f"{path} can't be read: {type(error).__name__}") from None
    return understood(parse_file(text, str(path)), kinds, given.timezone, str(path), variables())


def understood(
    file: PolicyFile,
    kinds: Mapping[str, Destination],
    timezone: str,
    name: str = FILE,
    held: Mapping[str, str] = {},
) -> Policy:
    """The policy that a file means. Raises OutboxError for what a destination can't be told so."""
    zone = ZoneInfo(timezone)
    named = {
        each: wish.dry_run
        for wish in sorted(file.accounts.values(), key=lambda wish: -wish.dry_run)
        for each in wish.secrets.values()
    }
    accounts = tuple(
        _allowed(name, each, wish, file, kinds, zone, held) for each, wish in file.accounts.items()
    )
    missing = tuple(each for each in named if not held.get(each))
    needed = tuple(each for each in missing if not named[each])
    return Policy(accounts, file.every_minutes, missing, needed)


def _allowed(
    file_name: str,
    name: str,
    wish: AccountWish,
    file: PolicyFile,
    kinds: Mapping[str, Destination],
    zone: ZoneInfo,
    held: Mapping[str, str],
) -> Allowed:
    place = f"{file_name}: accounts.{name}"
    destination = kinds.get(wish.destination)
    if destination is None:
        raise OutboxError(
            f"{place}: destination {wish.destination} is not known; known are {', '.join(sorted(kinds))}"
        )
    account = Account(
        name=name,
        destination=wish.destination,
        options=wish.options,
        secrets={each: held.get(variable, "") for each, variable in wish.secrets.items()},
        stages={stage: _rule(rule) for stage, rule in wish.stages.items()},
        invalid=None if wish.invalid is None else _rule(wish.invalid),
        fields=wish.fields,
        switches=frozenset(wish.switches),
        click_days=wish.click_days,
        base_url=wish.base_url,
        timezone=zone.key,
        dry_run=wish.dry_run,
    )
    for fault in (*_faults(account, wish, destination), *destination.problems(account)):
        raise OutboxError(f"{place}: {fault}")
    since = wish.since or file.since
    consent = wish.consent or file.consent
    return Allowed(
        account=account,
        destination=destination,
        occasions=_occasions(wish),
        since=int(datetime(since.year, since.month, since.day, tzinfo=zone).timestamp() * 1000),
        limits=wish.limits.lowered(destination.limits),
        allows_private=wish.allow_private,
        waits=wish.wait_minutes * 60_000,
        consent=consent.attribute if consent else "",
        consents=frozenset(each.casefold() for each in consent.values) if consent else frozenset(),
        gives_up=wish.give_up_days * 86_400_000,
    )


def _occasions(wish: AccountWish) -> frozenset[Occasion]:
    told: list[tuple[Occasion, bool]] = [
        ("stage", bool(wish.stages)),
        ("lead", wish.lead_changes),
        ("invalid", wish.invalid is not None),
    ]
    return frozenset(each for each, is_told in told if is_told)


def _rule(wish: StageWish) -> StageRule:
    return StageRule(
        code=wish.code,
        worth_minor=None if wish.worth is None else int(wish.worth * 100),
        currency=wish.currency,
        is_repeated=wish.repeated,
    )


def _faults(account: Account, wish: AccountWish, destination: Destination) -> list[str]:
    """What the file says that this kind of destination doesn't know, or doesn't say that it needs."""
    kind, faults = destination.kind, []
    for what, said, known in (
        ("options", wish.options, destination.options),
        ("secrets", wish.secrets, destination.secrets),
        ("switches", wish.switches, destination.switches),
    ):
        names = [each.name for each in known]
        faults += [
            f"{what}.{each} is nothing that {kind} knows; it knows {', '.join(names) or 'none'}"
            for each in said
            if each not in names
        ]
        if what != "switches":
            faults += [
                f"{what}.{each.name} is missing: {each.words}"
                for each in known
                if each.is_required and each.name not in said
            ]
    occasions = _occasions(wish)
    if not occasions:
        faults.append("it is told nothing: name stages, or say lead_changes = true or invalid")
    faults += [
        f"{kind} can't be told {_WORDS[each]}"
        for each in sorted(occasions)
        if each not in destination.occasions
    ]
    rules = {**account.stages, **({"invalid": account.invalid} if account.invalid else {})}
    if destination.needs_code:
        faults += [f"{each} has no code: {kind} needs one" for each, rule in rules.items() if not rule.code]
    if wish.fields and not destination.takes_fields:
        faults.append(f"fields are nothing that {kind} takes")
    faults += [
        f"fields.{field} = {fact} is no fact; facts are {', '.join(FACTS)}"
        for field, fact in wish.fields.items()
        if fact not in FACTS
    ]
    return faults


_WORDS: Final[Mapping[Occasion, str]] = {
    "stage": "stages",
    "lead": "changes of leads (lead_changes)",
    "invalid": "that a lead is invalid",
}
