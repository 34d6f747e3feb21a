"""Events of Google Analytics' Measurement Protocol (GA4) → facts of the website.

A request is of one client, {client_id, user_id, timestamp_micros, user_properties, events}, an event
{name, params, timestamp_micros}. It has no id.
"""

from collections.abc import Mapping
from typing import Any, Final

from producers.cells.json_values import object_of, text_of
from producers.cells.times import Moment, happened_at, parse_time
from producers.outcomes.left_out import UnusableError
from producers.privacy.contacts import device_of, known_from, others_of, user_of
from producers.website.facts import URL_LENGTH, Reception, build, enveloped, id_of, scrubbed
from producers.website.named import form_of, is_number, within_a_day
from producers.website.tags import with_tags
from schemas.terms import Identifier
from schemas.website import (
    CustomTracked,
    FormSubmitted,
    PageEngaged,
    PageViewed,
    VisitorIdentified,
    WebsiteFact,
)

SOURCE: Final = "ga4"
_VIEWS: Final = frozenset({"page_view", "screen_view"})
# That a session or a visitor began, which pages and their times say already.
_SILENT: Final = frozenset({"session_start", "first_visit", "first_open", "user_engagement"})
# Of a shorter time an event says but that it shall be shown at once, as senders are told to write one.
_LEAST_ENGAGED: Final = 1000
_MICROS: Final = 100_000_000_000_000  # as milliseconds this is beyond the year 5000
_CAMPAIGN: Final = ("source", "medium", "campaign", "term", "content", "campaign_id")

Told = Mapping[str, Any]


def facts_of_event(event: Any, sender: Told, reception: Reception, place: int = 0) -> tuple[WebsiteFact, ...]:
    """Turn one event of a request into its facts: what it is, and the time on a page that it brings along.

    `sender` is the request, of which `place` is the event's place. Raises UnusableError if it can't be
    understood.
    """
    if not isinstance(event, dict):
        raise UnusableError("an event is a JSON object")
    name, params = text_of(event.get("name")), object_of(event.get("params"))
    if not name:
        raise UnusableError("name: an event needs its name")
    at = event.get("timestamp_micros") or sender.get("timestamp_micros")
    # Without a time nothing tells an event that is sent again from another one like it.
    told: tuple[Any, ...] = (name, params, at) if at else (name, params, reception.received_at, place)
    if name == "purchase" and params.get("transaction_id"):
        told = (name, text_of(params["transaction_id"]))
    fact = _fact(name, params, _Sending(sender, at, told, reception))
    engaged = _engaged(name, params, _Sending(sender, at, ("engaged", told), reception))
    return tuple(each for each in (fact, engaged) if each is not None)


def fact_of_properties(sender: Told, reception: Reception) -> WebsiteFact | None:
    """Return what a request says of its user, None if it says nothing that is kept; twice the same is one."""
    said = object_of(sender.get("user_properties"))
    plain = {name: object_of(value).get("value") for name, value in said.items()}
    known = known_from((plain,), reception.tokeniser)
    if not (known.identifiers or known.attributes):
        return None
    told = ("user_properties", plain)
    fields = _Sending(sender, sender.get("timestamp_micros"), told, reception).fields({}, known.identifiers)
    return build(VisitorIdentified, fields | {"attributes": known.attributes})


class _Sending:
    """The envelope of one fact: of whom it is, when it happened, and of what its id is made."""

    def __init__(self, sender: Told, at: Any, told: tuple[Any, ...], reception: Reception) -> None:
        self.reception = reception
        self._sender = sender
        self._at = at
        self._told = told

    def fields(self, params: Told, more: tuple[Identifier, ...] = ()) -> dict[str, Any]:
        """Return what every fact has; `more` are identifiers that the event itself tells."""
        sender, reception = self._sender, self.reception
        client = text_of(sender.get("client_id") or sender.get("app_instance_id"))
        device, user = (
            device_of(client, reception.tokeniser),
            user_of(sender.get("user_id"), reception.tokeniser),
        )
        subject = next((name for name in (device, user, *more) if name), None)
        if subject is None:
            raise UnusableError("a request needs a client_id, app_instance_id or user_id that names somebody")
        event_id = id_of(SOURCE, reception, subject, self._told)
        campaign = {name: params[name] for name in _CAMPAIGN if name in params}
        url = with_tags(text_of(params.get("page_location")), {}, campaign)
        agent = object_of(sender.get("device")).get("user_agent") or reception.user_agent
        title = params.get("page_title") or params.get("firebase_screen") or params.get("screen_name")
        return enveloped(SOURCE, event_id, subject, self._moment(), reception) | {
            "others": others_of(subject, (user,), more),
            "url": scrubbed(url, reception, URL_LENGTH),
            "referrer": scrubbed(params.get("page_referrer"), reception, URL_LENGTH),
            "title": scrubbed(title, reception),
            "user_agent": scrubbed(agent, reception),
        }

    def _moment(self) -> Moment:
        micros = self._at
        if isinstance(micros, str) and micros.strip().isdigit() and len(micros) < 20:
            micros = int(micros)
        if is_number(micros) and micros >= _MICROS:
            micros = int(micros) // 1000
        return happened_at(parse_time(micros), None, self.reception.received_at)


def _fact(name: str, params: Told, sending: _Sending) -> WebsiteFact | None:
    reception = sending.reception
    if name in _VIEWS:
        return build(PageViewed, sending.fields(params))
    if name in _SILENT:
        return None
    if (form := form_of(name, params)) is not None:
        known = known_from((params,), reception.tokeniser)
        told = {"form": scrubbed(form, reception), "attributes": known.attributes}
        return build(FormSubmitted, sending.fields(params, known.identifiers) | told)
    known = known_from((params,), reception.tokeniser, tracked=True)
    told = {"name": scrubbed(name, reception), "attributes": known.attributes}
    return build(CustomTracked, sending.fields(params) | told)


def _engaged(name: str, params: Told, sending: _Sending) -> WebsiteFact | None:
    """Return the time on a page that an event brings along: all of them add up, as each tells what is new."""
    spent = params.get("engagement_time_msec")
    if isinstance(spent, str) and spent.isdigit():
        spent = int(spent[:12])
    least = 1 if name == "user_engagement" else _LEAST_ENGAGED
    if not is_number(spent) or spent < least:
        return None
    return build(PageEngaged, sending.fields(params) | {"dwell_ms": within_a_day(spent)})
