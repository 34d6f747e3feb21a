"""From outcomes to what is written down of orders and accounts."""

from collections.abc import Mapping, Sequence

from outbox.allowed import Allowed
from outbox.answers import in_short
from outbox.destination import Answer, Outcome
from outbox.ledger import Line
from outbox.patience import next_wait, told_wait
from schemas.outbox import AccountSet, OrderAnswered

NO_MORE_TRIES = "no_more_tries"
_NO_HEADERS: Mapping[str, str] = {}


def answered(
    line: Line, outcome: Outcome, answer: Answer | None, schedule: tuple[float, ...], claim: int, now: int
) -> OrderAnswered:
    """What an outcome means for an order: with when it is tried again, or that it never is."""
    state, retry_at = outcome.state, None
    if state in ("later", "alone", "login"):
        wait = outcome.wait
        if wait is None:
            wait = told_wait(answer.headers if answer else _NO_HEADERS, now)
        if wait is None and state == "later":
            wait = next_wait(max(line.attempt, 1), schedule)
            if wait is None:
                return said(line, "gave_up", claim, now, NO_MORE_TRIES, outcome.why)
        retry_at = now + int((wait or 0.0) * 1000)
    event = said(line, state, claim, now, outcome.code, outcome.why)
    ask_at = None if outcome.ask_after is None else now + int(outcome.ask_after * 1000)
    return event.model_copy(
        update={"reference": outcome.reference[:500], "retry_at": retry_at, "ask_at": ask_at}
    )


def said(line: Line, state: str, claim: int, now: int, code: str = "", why: str = "") -> OrderAnswered:
    """What is said of an order as it stands; texts of a platform are cut, and nobody's address is in them."""
    return OrderAnswered.model_validate(
        {
            "claim": claim,
            "at": now,
            "key": line.key,
            "destination": line.destination,
            "account": line.account,
            "attempt": line.attempt,
            "state": state,
            "code": in_short(code)[:100],
            "why": in_short(why),
        }
    )


def closing(
    allowed: Allowed, outcomes: Sequence[Outcome], events: Sequence[OrderAnswered], claim: int, now: int
) -> AccountSet | None:
    """That an account is closed, if an outcome says so, or an order was tried as often as it may be."""
    why = next((each.why or each.code for each in outcomes if each.closes), "")
    if not why and any(each.code == NO_MORE_TRIES for each in events):
        why = "it took nothing in all the time that an order is tried"
    if not why:
        return None
    return AccountSet(
        claim=claim,
        at=now,
        destination=allowed.account.destination,
        account=allowed.name,
        is_open=False,
        why=in_short(why),
    )
