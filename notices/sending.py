"""Sends a message to a target by apprise, and says in our own words what became of it.

An address holds secrets, and what apprise writes may quote it: nothing of that is ever passed on.
"""

import importlib
import logging
import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Protocol

from notices.texts import Message
from notices.wishes import TARGETS, NoticesError

SEND_WITHIN: Final = 45.0  # seconds, of one message to one target
_ANSWER_WITHIN: Final = 30.0
_CONNECT_WITHIN: Final = 10.0
_SPEAKERS: Final = ("apprise", "urllib3", "requests")
_STATUS: Final = re.compile(r"error=(\d{3})\b")
_REFUSED: Final = ("rejected", "refused")
# WeCom and DingTalk refuse with status 200 and a number in the answer, which their services take for success.
_ANSWER_WITH_NUMBERS: Final = ("wecombot", "dingtalk")
_REFUSAL: Final = 460  # a status that nobody else answers with


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a message: `why` is a sentence if it was not taken; `is_known`: it was not, for sure."""

    why: str = ""
    is_known: bool = True

    @property
    def was_taken(self) -> bool:
        """Whether the target said that it has the message."""
        return not self.why


class Sender(Protocol):
    """Sends to targets by their names; never raises for what a target does."""

    def send(self, target: str, message: Message) -> Outcome:
        """Send a message and wait for the answer, for SEND_WITHIN seconds at most."""
        ...


class AppriseSender:
    """One service of apprise for each target."""

    def __init__(self, addresses: Mapping[str, str]) -> None:
        """Raises NoticesError for an address that apprise does not understand, and without apprise."""
        self._apprise = _library()
        asset = self._apprise.AppriseAsset(
            app_id="Leadtrace", app_desc="Leadtrace", app_url="", async_mode=False, plugin_paths=[]
        )
        self._asset = asset
        self._services: dict[str, Any] = {}
        self._locks = {name: threading.Lock() for name in addresses}
        for name, url in addresses.items():
            service = self._apprise.Apprise.instantiate(url, asset=asset)
            if service is None:
                scheme = url.partition("://")[0]
                raise NoticesError(
                    f"the address of the target {name} in {TARGETS} is none that apprise understands: see "
                    f"https://appriseit.com/services/ for how one begins with {scheme}:// is written"
                )
            service.socket_connect_timeout = _CONNECT_WITHIN
            service.socket_read_timeout = _ANSWER_WITHIN
            self._services[name] = service

    def send(self, target: str, message: Message) -> Outcome:
        """Send a message; of several to one target at once, one after another."""
        with self._locks[target]:
            service = self._services[target]
            each = self._apprise.Apprise(asset=self._asset)
            each.add(service)
            try:
                result = each.notify(
                    title=message.title,
                    body=message.body,
                    body_format=self._apprise.NotifyFormat.TEXT,
                    attach=self._attached(service, message),
                    timeout=SEND_WITHIN,
                )
            except Exception as error:  # whatever a service of a library raises concerns this target alone
                return Outcome(f"it can't be sent to ({type(error).__name__})")
        if result.status == self._apprise.AppriseResultStatus.TIMEOUT:
            return Outcome(f"it did not answer within {SEND_WITHIN:.0f} s", is_known=False)
        return Outcome() if result else Outcome(_why(result))

    def _attached(self, service: Any, message: Message) -> Any:
        if message.picture is None or not service.attachment_support:
            return None
        return self._apprise.attachment.memory.AttachMemory(
            content=message.picture, name="leadtrace.png", mimetype="image/png"
        )


class _Reading:
    """The library requests for services that don't read answers: a refusal gets a status that says so."""

    def __init__(self, requests: Any) -> None:
        self._requests = requests

    def __getattr__(self, name: str) -> Any:
        return getattr(self._requests, name)

    def post(self, *args: Any, **options: Any) -> Any:
        answer = self._requests.post(*args, **options)
        try:
            told = answer.json()
        except ValueError:
            return answer
        if isinstance(told, dict) and told.get("errcode"):
            answer.status_code = _REFUSAL
        return answer


def _silence() -> None:
    """Keep what libraries write about addresses out of our log; apprise itself goes on reading its own."""
    for name in _SPEAKERS:
        speaker = logging.getLogger(name)
        speaker.propagate = False
        if not speaker.handlers:
            speaker.addHandler(logging.NullHandler())


def _library() -> Any:
    _silence()
    try:
        import apprise
        import apprise.attachment.memory
    except ImportError:
        raise NoticesError("notices need apprise: pip install 'leadtrace[notify]'") from None
    for name in _ANSWER_WITH_NUMBERS:
        service = importlib.import_module(f"apprise.plugins.{name}")
        if not isinstance(service.requests, _Reading):
            service.__dict__["requests"] = _Reading(service.requests)
    return apprise


def _why(result: Any) -> str:
    """In our own words: of what a service wrote, only a number and its kind."""
    told = " ".join(entry.message for each in result for entry in each.logs())
    found = _STATUS.search(told)
    if found and found[1] == str(_REFUSAL):
        return "it refused the message: see which keyword, signature or addresses its bot wants"
    if found:
        return f"it answered with HTTP status {found[1]}"
    if "onnection" in told or "ocket" in told:
        return "it can't be reached"
    if any(word in told for word in _REFUSED):
        return "it refused the message"
    return "it did not take the message"
