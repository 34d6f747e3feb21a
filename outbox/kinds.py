"""Which kinds of destinations there are, by the names that a policy file uses."""

from collections.abc import Mapping
from typing import Final

from outbox.destination import Destination
from outbox.destinations.posthog import PostHog
from outbox.destinations.segment import Segment
from outbox.destinations.sensors import Sensors
from outbox.destinations.webhook import Webhook

DESTINATIONS: Final[Mapping[str, Destination]] = {
    each.kind: each for each in (PostHog(), Segment(), Sensors(), Webhook())
}
