"""The names and ids of a place in an ad account, as files and interfaces tell them, to one spelling."""

from collections.abc import Mapping
from datetime import date
from typing import Final

from producers.sem.facts import Place
from producers.sem.values import LONGEST_NAME, bid_keyword, device_of, match_type_of

# Baidu marks so what was deleted since: the name is still that under which it cost something.
_DELETED: Final = "[已删除]"


def placed(
    platform: str,
    day: date,
    names: Mapping[str, str],
    *,
    account: str,
    currency: str,
    match_type: str = "",
    device: str = "",
) -> Place:
    """Return the place that names are about; whatever brings them, the same names are the same place.

    `names` are cleaned: campaign, ad group and keyword, each with its id.
    """
    told = dict(names)
    bid = match_type_of(match_type)
    if platform == "google" and told.get("keyword"):
        told["keyword"], bid = bid_keyword(told["keyword"], bid)
    if platform == "baidu":
        told = {field: text.removesuffix(_DELETED) for field, text in told.items()}
    return Place(
        platform=platform,
        day=day,
        account=account[:LONGEST_NAME],
        match_type=bid[:LONGEST_NAME],
        device=device_of(device)[:LONGEST_NAME],
        currency=currency,
        **told,
    )
