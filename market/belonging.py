"""Where leads and deals belong, as the CRM says: region, industry, competitor, and why trials failed."""

from collections import Counter
from collections.abc import Iterable

from market.deals import FAILED
from market.known import KnownDeal, KnownPerson
from market.model import CRM, DealChange, Lead, Market, system_of

REGION, INDUSTRY, COMPETITOR = "地区", "行业", "竞争对手"
_REGIONS = ("华东", "华东", "华东", "华东", "华南", "西南")
_INDUSTRIES = ("制造", "物流", "能源", "零售", "软件", "医药")
_COMPETITORS = ("", "竞品甲", "竞品乙", "竞品丙")
_WHY_FAILED = ("性能不达标", "集成困难", "安全合规", "")
_ABROAD = "海外"


def told_of_lead(lead: Lead) -> dict[str, str]:
    """Return what the record of a lead says of its region and industry; sales does not fill in all of it."""
    if system_of(lead.id) != CRM or not lead.account:
        return {REGION: "", INDUSTRY: ""}
    number, company = int(lead.id[1:]), int(lead.account[1:])
    industry = _INDUSTRIES[company // len(_REGIONS) % len(_INDUSTRIES)]
    return {
        REGION: _REGIONS[company % len(_REGIONS)] if number % 5 else "",
        INDUSTRY: industry if number % 7 else "",
    }


def told_of_deal(deal: str) -> dict[str, str]:
    """Return what the record of a deal says itself; most leave the region to their people."""
    number = int(deal[1:]) if system_of(deal) == CRM else 0
    return {REGION: _ABROAD if number % 6 == 1 else "", COMPETITOR: _COMPETITORS[number % len(_COMPETITORS)]}


def why_failed(change: DealChange) -> str:
    """Return why a trial failed, if the CRM says; empty if it did not fail."""
    if change.poc_result != FAILED or system_of(change.deal) != CRM:
        return ""
    return _WHY_FAILED[int(change.deal[1:]) % len(_WHY_FAILED)]


class Belonging:
    """Where the people and deals of a market belong, by what the CRM said of them last."""

    def __init__(self, market: Market) -> None:
        self._written = {lead.id: lead.created_at for lead in market.leads}
        for change in market.stages:
            self._written[change.lead] = max(change.at, self._written[change.lead])
        for merge in market.merges:
            self._written[merge.into] = max(merge.at, self._written[merge.into])
        self._leads = {f"crm:{system_of(lead.id)}:{lead.id}": lead for lead in market.leads}

    def of_person(self, person: KnownPerson) -> dict[str, str]:
        """Return region and industry by the columns of the views."""
        mine = [lead for name, lead in self._leads.items() if name in person.identifiers]
        mine.sort(key=lambda lead: self._written[lead.id])
        return {"region": _newest(mine, REGION), "industry": _newest(mine, INDUSTRY), "competitor": ""}

    def of_deal(self, deal: KnownDeal) -> dict[str, str]:
        """Return region, industry and competitor: its own, else those of most of its people."""
        own = told_of_deal(deal.last.deal)
        of_people = [self.of_person(person) for person in deal.people]
        return {
            "region": own[REGION] or _most(told["region"] for told in of_people),
            "industry": _most(told["industry"] for told in of_people),
            "competitor": own[COMPETITOR],
        }


def _newest(leads: Iterable[Lead], name: str) -> str:
    return next(filter(None, reversed([told_of_lead(lead)[name] for lead in leads])), "")


def _most(told: Iterable[str]) -> str:
    counted = Counter(filter(None, told))
    return min(counted, key=lambda word: (-counted[word], word), default="")
