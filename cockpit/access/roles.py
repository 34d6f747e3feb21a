"""Who somebody is here, and what each role may see and do."""

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Role(StrEnum):
    """A viewer sees reports and pages, an analyst people and downloads as well, an admin may correct."""

    VIEWER = "viewer"
    ANALYST = "analyst"
    ADMIN = "admin"

    def may(self, needed: "Role") -> bool:
        """Whether this role may do what `needed` may."""
        order = list(Role)
        return order.index(self) >= order.index(needed)


class Way(StrEnum):
    """How we know who somebody is."""

    HERE = "here"  # on one's own machine, without a login
    PASSWORD = "password"  # noqa: S105 - the name of a way
    PROXY = "proxy"
    OIDC = "oidc"


@dataclass(frozen=True, slots=True)
class User:
    """Somebody who may be here; forms show the `token` that only this one's pages hold."""

    name: str
    role: Role
    way: Way
    token: str


# Reports whose rows are single people, or what one of them did.
ABOUT_PEOPLE: Final = frozenset(
    {
        *("account_journey", "buying_group", "credits", "identities", "journey", "leads", "outbox_orders"),
        "reached",
        *("recycled", "score_history", "score_reasons", "scores", "search", "sources", "stage_history"),
        *("unanswered", "wake_up"),
    }
)


def role_in(groups: Iterable[str], rules: Iterable[str]) -> Role | None:
    """The highest role that rules like "marketing=analyst" give to one of the groups; "*" is everybody."""
    named = {*groups, "*"}
    split = [rule.rpartition("=") for rule in rules]
    given = [Role(role) for group, _, role in split if group in named]
    return max(given, key=list(Role).index, default=None)
