"""Ocean Engine (巨量引擎): one event a call by the landing page's clickid, which is its own credential.

From second hand, so a switch has to allow it. Nothing is known by which a repeat of a lead could be told:
what got no answer is left to a person.
"""

import re
from collections.abc import Sequence
from typing import Any, Final

from outbox.destination import (
    Account,
    Answer,
    Destination,
    Limits,
    Outcome,
    Request,
    Sending,
    Understood,
)
from outbox.destinations.bodies import JSON, as_json, code_of, from_json, mapping, words
from outbox.destinations.clicks import ClickRule
from outbox.destinations.unverified import UNVERIFIED, unless_allowed
from outbox.destinations.values import WITHOUT_FOREIGN_VALUE, foreign, in_currency
from outbox.orders import Order

_HOST: Final = "https://analytics.oceanengine.com"
_CLICK: Final = ClickRule("Ocean Engine", "oceanengine", ("clickid",))
_KNOWN_ALREADY: Final = 128


class OceanEngine(Destination):
    """The code of a stage is an event_type, such as clue_confirm; of an invalid lead, failed_lead."""

    kind = "oceanengine"
    title = "Ocean Engine"
    occasions = frozenset({"stage", "invalid"})
    switches = (UNVERIFIED, WITHOUT_FOREIGN_VALUE)
    limits = Limits(orders_per_request=1)
    needs_code = True

    def problems(self, account: Account) -> Sequence[str]:
        """Codes are words of an enum."""
        rules = [*account.stages.items(), *([("invalid", account.invalid)] if account.invalid else [])]
        return [
            *unless_allowed(account, self.title),
            *(
                f"the code {rule.code!r} of {stage} is no event_type, such as clue_high_intention"
                for stage, rule in rules
                if not re.fullmatch(r"[a-z][a-z0-9_]{1,60}", rule.code)
            ),
        ]

    def unsendable(self, order: Order, account: Account, at: int) -> str | None:
        del at
        return _CLICK.lacking(order, account) or foreign(order, account, "CNY", self.title)

    def prepare(self, sending: Sending) -> Sequence[Request]:
        return [_request(order, sending.account) for order in sending.orders]

    def understood(self, sending: Sending, request: Request, answer: Answer) -> Understood:
        """Code 0 is taken; 128 is what a repeat is answered with, and does no harm."""
        del sending, request
        told = mapping(from_json(answer))
        code = told.get("code")
        if answer.status != 200 or not isinstance(code, int):
            return Understood()
        if code in (0, _KNOWN_ALREADY):
            return Understood(
                outcomes=(Outcome(state="duplicate" if code else "accepted", code=code_of(code)),)
            )
        why = f"Ocean Engine refused it: {words(told.get('message')) or code}"
        return Understood(outcomes=(Outcome(state="refused", code=code_of(code), why=why),))


def _request(order: Order, account: Account) -> Request:
    click, value = _CLICK.click(order), in_currency(order, "CNY")
    body: dict[str, Any] = {
        "event_type": account.rule(order).code,
        "context": {"ad": {"callback": click.value if click else ""}},
        "timestamp": order.happened_at,
    }
    if value is not None:
        body["properties"] = {"pay_amount": value.minor}
    return Request(
        method="POST",
        url=f"{account.base_url or _HOST}/api/v2/conversion",
        headers=JSON,
        body=as_json(body),
        keys=(order.key,),
        is_repeatable=False,
        step="conversion",
    )
