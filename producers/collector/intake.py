"""The one way of a request that brings events: read it, understand it, publish it, and only then say yes."""

import time
from collections.abc import Callable, Iterable
from typing import Any, Final, Protocol

from aiohttp import web

from producers.cells.times import parse_time
from producers.collector.admission import CALLER, Admission
from producers.collector.answering import GUARD, TALLY
from producers.collector.bodies import light, read_body, understanding
from producers.collector.budget import Budget, Lease
from producers.collector.entrance import Call, Entrance, shown
from producers.collector.keys import WriteKeys
from producers.collector.refusals import RefusedError
from producers.collector.turns import Turns
from producers.collector.unpacking import unpacked
from producers.outcomes.left_out import UnusableError
from producers.privacy.masking import masked
from producers.privacy.personal_data import Tokeniser
from producers.privacy.vault import Vault
from producers.publishing.collected import Collected, Steps, finished
from producers.publishing.publisher import PublishError
from producers.website.facts import Reception
from schemas.codec import Encoded
from schemas.terms import Identifier

IN_WORK: Final = 64 << 20  # bytes of all requests together; what they become takes a few times as much


class AsyncPublisher(Protocol):
    """What the collector needs of a publisher."""

    async def apublish(self, records: Iterable[Encoded]) -> None:
        """Return when all records are confirmed by the broker; raise PublishError otherwise."""

    def answers(self) -> bool:
        """Tell whether the broker answers; may block."""


class Intake:
    """Takes requests of every kind: they share the bytes and the turns of what is in work."""

    def __init__(
        self,
        keys: WriteKeys,
        admission: Admission,
        publisher: AsyncPublisher,
        tokeniser: Tokeniser,
        clock: Callable[[], int],
        recipients: Callable[[str], Identifier | None] = lambda _code: None,
        vault: Vault | None = None,
    ) -> None:
        self._keys = keys
        self._admission = admission
        self._publisher = publisher
        self._tokeniser = tokeniser
        self._clock = clock
        self._recipients = recipients
        self._vault = vault
        self._budget = Budget(IN_WORK, time.monotonic)
        self._turns = Turns()

    async def collect(
        self,
        request: web.Request,
        entrance: Entrance,
        proof: Callable[[bytes], None] | None = None,
    ) -> web.Response:
        """Answer one request that brings events.

        1. A write key in its headers is checked before anything else: a wrong one leaves the body unread.
           Of a webhook that was done already, and `proof` looks at its bytes.
        2. Its body is read, within limits of size and time; if no header showed a key, the body has to.
        3. Each event becomes a fact or is rejected with a reason; nothing of use at all is a 400, where the
           protocol can bear one.
        4. The facts are published; only when the broker has confirmed each of them, the answer is yes, in the
           words of the protocol.
        """
        largest = entrance.largest
        key = self._keys.shown_before(entrance.keys_before(request)) if proof is None else b""
        self._admission.admit_key(key)
        with self._turns.beside(), self._budget.lease(key is not None and proof is None) as lease:
            sent = await read_body(request, lease, largest)
            request.app[GUARD].works(request.transport)
            if proof is not None:
                proof(sent)
            with understanding(largest):
                if (plain := light(sent)) is not None:
                    told = finished(self._steps(request, key, entrance, plain))
                else:
                    told = await self._in_turn(request, key, entrance, sent, lease)
            del sent, plain
            if told.rejected and not (told.accepted or told.ignored or entrance.is_lenient):
                raise RefusedError(400, masked(told.rejected[0].reason), shown(told.rejected))
            given = self._vault.taken() if self._vault is not None else []
            try:
                await self._publisher.apublish([*told.records, *given])
            except PublishError as error:
                if self._vault is not None:
                    self._vault.put_back(given)
                request.app[TALLY].say(str(error))
                raise RefusedError(503, "the broker did not confirm in time: send it again later") from None
        request.app[TALLY].left_out(masked(each.reason) for each in told.rejected)
        return entrance.answer(request, told)

    async def _in_turn(
        self,
        request: web.Request,
        key: bytes | None,
        entrance: Entrance,
        sent: bytes,
        lease: Lease,
    ) -> Collected:
        """Make facts of a large body when it has its turn, in slices."""
        async with self._turns.turn(request[CALLER]) as work:
            plain = unpacked(sent, entrance.largest)
            lease.reserve(max(0, len(plain) - len(sent)))
            await work.pause()
            steps = self._steps(request, key, entrance, plain)
            await work.pause()
            return await work.through(steps)

    def _steps(self, request: web.Request, key: bytes | None, entrance: Entrance, plain: bytes) -> Steps:
        """Read what a body holds, and return the steps in which it becomes facts."""
        try:
            body = entrance.read(request, plain)
            if key is None:
                key = self._keys.shown_within(entrance.keys_within(body))
                self._admission.admit_key(key)
            steps = entrance.understand(Call(body, len(plain), self._reception(request, body)))
        except UnusableError as error:
            raise RefusedError(400, masked(str(error))) from None
        return _of_use(steps)

    def _reception(self, request: web.Request, body: Any) -> Reception:
        told = body if isinstance(body, dict) else {}
        agent = request.headers.get("User-Agent", "")
        return Reception(
            tokeniser=self._tokeniser,
            received_at=self._clock(),
            sent_at=_moment(told.get("sentAt", told.get("sent_at"))),
            # That of a server-side SDK says nothing of the visitor.
            user_agent=agent if agent.startswith("Mozilla/") else "",
            historical=request.path.rstrip("/") == "/v1/import",
            recipients=self._recipients,
        )


def _of_use(steps: Steps) -> Steps:
    try:
        return (yield from steps)
    except UnusableError as error:
        raise RefusedError(400, masked(str(error))) from None


def _moment(value: Any) -> int | None:
    try:
        return parse_time(value)
    except UnusableError:
        return None  # it only serves to correct the sender's clock
