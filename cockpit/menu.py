"""All pages, in the order of the menu."""

from typing import Final

from cockpit.pages import reports
from cockpit.shown import Page

PAGES: Final[tuple[Page, ...]] = (*reports.PAGES,)
