"""All pages, in the order of the menu."""

from typing import Final

from cockpit.pages import channels, content, cycles, funnel, health, overview, reports
from cockpit.shown import Page

PAGES: Final[tuple[Page, ...]] = (
    *overview.PAGES,
    *funnel.PAGES,
    *channels.PAGES,
    *content.PAGES,
    *cycles.PAGES,
    *health.PAGES,
    *reports.PAGES,
)
