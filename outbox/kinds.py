"""Which kinds of destinations there are, by the names that a policy file uses."""

from collections.abc import Mapping
from typing import Final

from outbox.destination import Destination
from outbox.destinations.baidu import Baidu
from outbox.destinations.fxiaoke import Fxiaoke
from outbox.destinations.google import Google
from outbox.destinations.hubspot import HubSpot
from outbox.destinations.linkedin import LinkedIn
from outbox.destinations.meta import Meta
from outbox.destinations.microsoft import Microsoft
from outbox.destinations.oceanengine import OceanEngine
from outbox.destinations.posthog import PostHog
from outbox.destinations.salesforce import Salesforce
from outbox.destinations.segment import Segment
from outbox.destinations.sensors import Sensors
from outbox.destinations.so360 import So360
from outbox.destinations.webhook import Webhook

_PLATFORMS: Final[tuple[Destination, ...]] = (
    Baidu(),
    Google(),
    LinkedIn(),
    Meta(),
    Microsoft(),
    OceanEngine(),
    So360(),
)
_CRMS: Final[tuple[Destination, ...]] = (Fxiaoke(), HubSpot(), Salesforce())
_OTHERS: Final[tuple[Destination, ...]] = (PostHog(), Segment(), Sensors(), Webhook())

DESTINATIONS: Final[Mapping[str, Destination]] = {each.kind: each for each in (*_PLATFORMS, *_CRMS, *_OTHERS)}
