"""Which visits no person made: crawlers by user agent, machines by their pace. Flagged, not dropped."""

from collections.abc import Sequence
from functools import lru_cache

import crawleruseragents

from schemas.terms import MINUTE_MS
from schemas.website import WebsiteFact


def is_bot_visit(views: Sequence[WebsiteFact], pages_per_minute: int) -> bool:
    """Say whether a visit, its page views in the order of time, looks like a machine's."""
    if any(is_crawler(view.user_agent) for view in views):
        return True
    pairs = zip(views, views[pages_per_minute:], strict=False)
    return any(later.occurred_at - view.occurred_at < MINUTE_MS for view, later in pairs)


@lru_cache(maxsize=4096)
def is_crawler(user_agent: str) -> bool:
    """Say whether a user agent is a known crawler's; "" is nobody's."""
    return bool(user_agent) and bool(crawleruseragents.is_crawler(user_agent))
