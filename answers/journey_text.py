"""A journey as text: who it is, and all that happened in the order of time."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any
from urllib.parse import urlsplit

from answers.clock import as_local
from answers.identifiers import short
from answers.tables import duration

Row = dict[str, Any]
Happened = tuple[datetime, int, str]
UNMAPPED = "unmapped_"
TOUCHED, ENTERED, FOLLOWED = range(3)


def journey_text(journey: Row, timezone: str) -> str:
    """Lines about one row of `journeys`, as `sinks.pages.with_pages` returns it; times are local."""
    happened = sorted([*_touches(journey), *_stages(journey), *_follow_ups(journey)], key=lambda one: one[:2])
    lines = [*_who(journey), "", f"What happened (times in {timezone})"]
    lines += [f"  {as_local(at, timezone)}  {text}" for at, _, text in happened]
    lines += _deals(journey, timezone)
    lines += _not_understood(journey["issues"])
    return "\n".join(lines)


def source_of(touch: Row) -> str:
    """Where a touchpoint came from: `paid_search · baidu · plan › unit › keyword`."""
    bought = " › ".join(touch[name] for name in ("campaign", "ad_group", "keyword") if touch[name])
    written = " ".join(touch[name] for name in ("content", "author", "published") if touch[name])
    parts = (touch["channel"], touch["platform"] or touch["source"], bought, written)
    return " · ".join(part for part in parts if part)


def _who(journey: Row) -> Iterator[str]:
    yield f"{'Lead' if journey['is_lead'] else 'Visitor'} {journey['person']}"
    facts = (
        ("Company", journey["company"]),
        ("Account", journey["account"]),
        ("Owner", journey["owner"]),
        ("Grade", _meant(journey["grade"], journey["canonical_grade"])),
        ("Tags", ", ".join(journey["tags"])),
        ("CRM says", journey["lead_source"]),
        ("Stage", _reached(journey)),
        ("Source", source_of(journey["touchpoints"][0]) if journey["touchpoints"] else ""),
        ("Known by", ", ".join(map(short, journey["identifiers"]))),
    )
    for name, value in facts:
        if value:
            yield f"  {name:<9} {value}"
    if journey["truncated"]:
        yield "  The journey is so long that its middle is left out."


def _meant(said: str, meaning: str) -> str:
    """What sales said, with what it means if the policy knows that."""
    return f"{said} ({meaning})" if meaning and meaning != said else said


def _reached(journey: Row) -> str:
    return str(journey["stages"][-1]["stage"]) if journey["stages"] else ""


def _touches(journey: Row) -> Iterator[Happened]:
    pages: dict[str, list[Row]] = {}
    for page in journey["page_visits"]:
        pages.setdefault(page["touchpoint"], []).append(page)
    for touch in journey["touchpoints"]:
        text = f"{touch['kind']:<10} {source_of(touch)}"
        if touch["kind"] == "visit":
            text += f"  ({touch['pages']} pages, {duration(touch['dwell_ms'])}"
            text += f", {touch['forms']} forms)" if touch["forms"] else ")"
        if touch["search_term"] and touch["search_term"] != touch["keyword"]:
            text += f"  searched: {touch['search_term']}"
        for page in pages.get(touch["id"], []):
            text += f"\n{' ' * 23}{duration(page['dwell_ms']):>8}  {urlsplit(page['url']).path or '/'}"
            text += f"  {page['title']}" if page["title"] else ""
        yield touch["at"], TOUCHED, text


def _stages(journey: Row) -> Iterator[Happened]:
    for entry in journey["stages"]:
        again = f" (time {entry['occurrence']})" if entry["occurrence"] > 1 else ""
        said = [entry[name] for name in ("deal", "raw", "reason") if entry[name]]
        yield entry["at"], ENTERED, f"→ {entry['stage']}{again}" + (f"  {', '.join(said)}" if said else "")


def _follow_ups(journey: Row) -> Iterator[Happened]:
    for call in journey["follow_ups"]:
        said = [
            call["category"],
            call["grade"] and f"grade {_meant(call['grade'], call['canonical_grade'])}",
            ", ".join(call["tags"]),
            call["owner"],
        ]
        yield call["at"], FOLLOWED, "follow-up  " + " · ".join(filter(None, said))


def _not_understood(issues: Sequence[str]) -> Iterator[str]:
    """Words that the policy can be told, apart from what is wrong."""
    words = [issue.removeprefix(UNMAPPED).split(":", 2) for issue in issues if issue.startswith(UNMAPPED)]
    wrong = [issue for issue in issues if not issue.startswith(UNMAPPED)]
    if words:
        yield ""
        yield "The policy does not know: " + ", ".join(f"{what} {word} of {crm}" for what, crm, word in words)
    if wrong:
        yield ""
        yield "Could not be understood: " + ", ".join(wrong)


def _deals(journey: Row, timezone: str) -> Iterator[str]:
    if journey["deals"]:
        yield ""
        yield "Deals"
    for deal in journey["deals"]:
        amount = f"{deal['amount_minor'] / 100:,.2f} {deal['currency']}".rstrip()
        closed = f", closed {as_local(deal['closed_at'], timezone)[:10]}" if deal["closed_at"] else ""
        opened = as_local(deal["opened_at"], timezone)[:10]
        yield f"  {deal['deal']}  {deal['name']}  {deal['stage']}  {amount}  opened {opened}{closed}"
