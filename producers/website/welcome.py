"""Page views that a tagged link led to: whose browser it was that clicked, and whose mailbox.

The link puts a token into the address that it leads to. It names the touch; the browser that clicked, where
the page is of another site and can't know; and the recipient, where the link was somebody's own. It is proven
by our key, for the browser that it was made for, and for some minutes: an address that is passed on brings
nobody.
"""

import hmac
import re
from typing import Any, Final

from attribution.arrivals import PARAMETER
from producers.privacy.contacts import MOST_OTHERS, device_of
from producers.privacy.personal_data import Tokeniser
from producers.publishing.collected import Outcome
from producers.website.facts import AnyFact, Reception
from schemas.terms import Identifier
from schemas.website import PageViewed, WebsiteFact

FRESH_MS: Final = 10 * 60_000
_EARLY_MS: Final = 60_000
_PROOF: Final = 20  # hex digits
_TOKEN: Final = re.compile(
    rf"([?&]{PARAMETER}=[0-9a-f]{{32}})\.([\w-]{{0,64}})\.([a-z0-9]{{0,32}})\.([0-9a-f]{{1,16}})\.([0-9a-f]{{20}})(?=[&#]|$)",
    re.ASCII,
)


def token(touch: str, browser: str, recipient: str, at: int, agent: str, tokeniser: Tokeniser) -> str:
    """Return what the parameter holds: the touch, 32 hex digits, and with its proof who clicked."""
    if not browser and not recipient:
        return touch
    proof = _proof(touch, browser, recipient, f"{at:x}", agent, tokeniser)
    return f"{touch}.{browser}.{recipient}.{at:x}.{proof}"


def welcomed(outcome: Outcome, reception: Reception) -> Outcome:
    """Return what became of an event; of a page view with a token in its address, with whom that proves.

    The token itself is taken out but for the touch that it names, of all that the page tells.
    """
    if isinstance(outcome, tuple):
        return tuple(_welcomed(fact, reception) for fact in outcome)
    return _welcomed(outcome, reception) if isinstance(outcome, WebsiteFact) else outcome


def _welcomed(fact: AnyFact, reception: Reception) -> AnyFact:
    if not isinstance(fact, WebsiteFact) or not (PARAMETER in fact.url or PARAMETER in fact.referrer):
        return fact
    change: dict[str, Any] = {
        "url": _TOKEN.sub(r"\1", fact.url),
        "referrer": _TOKEN.sub(r"\1", fact.referrer),
    }
    found = _TOKEN.search(fact.url)
    if found is not None and isinstance(fact, PageViewed):
        met = _proven(found, fact.occurred_at, reception)
        known = {name: None for name in (*fact.others, *met) if name and name != fact.subject}
        change["others"] = tuple(known)[:MOST_OTHERS]
    return fact.model_copy(update=change)


def _proven(found: re.Match[str], seen_at: int, reception: Reception) -> tuple[Identifier | None, ...]:
    named, browser, recipient, at, proof = found.groups()
    touch = named.partition("=")[2]
    expected = _proof(touch, browser, recipient, at, reception.user_agent, reception.tokeniser)
    if not hmac.compare_digest(expected, proof) or not -_EARLY_MS <= seen_at - int(at, 16) <= FRESH_MS:
        return ()
    return device_of(browser, reception.tokeniser), reception.recipients(recipient)


def _proof(touch: str, browser: str, recipient: str, at: str, agent: str, tokeniser: Tokeniser) -> str:
    return tokeniser.unlinked("\n".join(("click", touch, browser, recipient, at, agent)))[:_PROOF]
