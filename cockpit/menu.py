"""All pages, in the order of the menu."""

from typing import Final

from cockpit.pages import channels, funnel, health, overview, reports
from cockpit.shown import Page

PAGES: Final[tuple[Page, ...]] = (
    *overview.PAGES,
    *funnel.PAGES,
    *channels.PAGES,
    *health.PAGES,
    *reports.PAGES,
)
