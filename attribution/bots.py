"""Which visits no person made: crawlers by user agent, machines by their pace. Flagged, not dropped."""

import re
from collections.abc import Sequence
from functools import lru_cache

import crawleruseragents

from attribution.policy import Policy
from schemas.terms import MINUTE_MS
from schemas.website import WebsiteFact


def is_bot_visit(views: Sequence[WebsiteFact], policy: Policy) -> bool:
    """Say whether a visit, its page views in the order of time, looks like a machine's."""
    if any(is_crawler(agent, policy) for agent in {view.user_agent for view in views}):
        return True
    if len(views) <= policy.bots.pages_per_minute:
        return False
    pairs = zip(views, views[policy.bots.pages_per_minute :], strict=False)
    return any(later.occurred_at - view.occurred_at < MINUTE_MS for view, later in pairs)


@lru_cache(maxsize=4096)
def is_crawler(user_agent: str, policy: Policy) -> bool:
    """Say whether a user agent is a machine's, by the library's list and the policy's own; "" is nobody's.

    What the policy knows to be a person's ("CUBOT" is a brand of phones) is not looked at.
    """
    machines, people = _patterns(policy)
    agent = people.sub("", user_agent) if people else user_agent
    if not agent:
        return False
    return bool(crawleruseragents.is_crawler(agent)) or bool(machines and machines.search(agent))


@lru_cache(maxsize=8)
def _patterns(policy: Policy) -> tuple[re.Pattern[str] | None, re.Pattern[str] | None]:
    return _any_of(policy.bots.agents), _any_of(policy.bots.people)


def _any_of(patterns: Sequence[str]) -> re.Pattern[str] | None:
    return re.compile("|".join(f"(?:{pattern})" for pattern in patterns), re.IGNORECASE) if patterns else None
