"""All pages, in the order of the menu."""

from typing import Final

from cockpit.pages import (
    accounts,
    channels,
    content,
    cycles,
    deals,
    funnel,
    health,
    lead,
    leads,
    overview,
    reports,
    response,
)
from cockpit.searching import PAGES as SEARCH
from cockpit.shown import Page

PAGES: Final[tuple[Page, ...]] = (
    *overview.PAGES,
    *funnel.PAGES,
    *channels.PAGES,
    *content.PAGES,
    *leads.PAGES,
    *lead.PAGES,
    *accounts.PAGES,
    *deals.PAGES,
    *response.PAGES,
    *SEARCH,
    *cycles.PAGES,
    *health.PAGES,
    *reports.PAGES,
)
