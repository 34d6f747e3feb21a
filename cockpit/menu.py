"""All pages, in the order of the menu."""

from typing import Final

from cockpit.pages import health, reports
from cockpit.shown import Page

PAGES: Final[tuple[Page, ...]] = (*health.PAGES, *reports.PAGES)
