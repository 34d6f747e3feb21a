"""What Google's reasons mean for an order: it counts, never will, may later, or a person has to see to it."""

from collections.abc import Sequence
from typing import Final

from outbox.destination import Outcome

# Answers to a request that no other order would fare better with.
ACCOUNTS_FAULT: Final = frozenset(
    {
        "PERMISSION_DENIED",
        "NOT_ALLOWLISTED",
        "INVALID_DESTINATION",
        "INVALID_CONVERSION_ACTION_ID",
        "INVALID_CONVERSION_ACTION_TYPE",
        "TERMS_AND_CONDITIONS_NOT_SIGNED",
        "OPERATING_ACCOUNT_LOGIN_ACCOUNT_MISMATCH",
        "DESTINATION_ACCOUNT_NOT_ENABLED_ENHANCED_CONVERSIONS_FOR_LEADS",
        "DESTINATION_ACCOUNT_DATA_POLICY_PROHIBITS_ENHANCED_CONVERSIONS",
        "DESTINATION_ACCOUNT_ENHANCED_CONVERSIONS_TERMS_NOT_SIGNED",
    }
)
_KNOWN_ALREADY: Final = frozenset({"DUPLICATE_TRANSACTION_ID", "DUPLICATE_GCLID"})
_AGAIN: Final = frozenset({"TOO_RECENT_CLICK", "INTERNAL_ERROR"})
_HOURS: Final = 6 * 3600.0
_WORDS: Final = {
    "EVENT_TOO_OLD": "it is older than the conversion action's window",
    "INVALID_GCLID": "the gclid is none of Google's",
    "INVALID_GBRAID": "the gbraid is none of Google's",
    "INVALID_WBRAID": "the wbraid is none of Google's",
    "CONVERSION_PRECEDES_CLICK": "it happened before the click",
    "INVALID_CLICK": "the click can't be credited",
    "CLICK_NOT_FOUND": "no click fits",
    "INVALID_OPERATING_ACCOUNT_FOR_CLICK": "the click is another account's",
    "OPERATING_ACCOUNT_MISMATCH_FOR_AD_IDENTIFIER": "the click is another account's",
    "ONE_PER_CLICK_CONVERSION_ACTION_NOT_PERMITTED_WITH_BRAID": (
        "a conversion action that counts one per click takes no gbraid or wbraid"
    ),
    "DENIED_CONSENT": "the person did not consent",
    "NO_CONSENT": "Google wants a word about consent, and nobody knows one",
    "EXTERNAL_ATTRIBUTION_DATA_MISSING": "the conversion action wants external attribution",
}


def of_reasons(status: str, reasons: Sequence[str]) -> Outcome | None:
    """What a request's status says of its events, by the reasons of those that failed; None: not yet."""
    if status in ("PROCESSING", "REQUEST_STATUS_UNKNOWN"):
        return None
    if status == "SUCCESS":
        return Outcome(state="counted", code="SUCCESS")
    if status == "PARTIAL_SUCCESS" or len(set(reasons)) > 1:
        why = "Google doesn't say which of several counts: each is told by itself"
        return Outcome(state="alone", code=status, why=why)
    if status != "FAILED":
        return None
    code = _short(reasons[0]) if reasons else "FAILED"
    if code in _KNOWN_ALREADY:
        return Outcome(state="duplicate", code=code)
    if code in _AGAIN:
        return Outcome(state="later", code=code, why="Google wants it later", wait=_HOURS)
    return Outcome(state="refused", code=code, why=f"Google does not count it: {_WORDS.get(code, code)}")


def _short(reason: str) -> str:
    return reason.removeprefix("PROCESSING_ERROR_REASON_").removeprefix("PROCESSING_ERROR_")
