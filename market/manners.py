"""What websites do otherwise than one expects: each manner changes what a visit's events look like.

None changes who came, from where, or what was read; only where time measured after a pause counts, there is
more of it.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from market.happening import Happening
from market.model import SITE, Visit
from market.times import DAY_MS, HOUR_MS, MINUTE_MS, SHANGHAI_MS

# One page whose script shows all others; document.referrer stays what it was.
SINGLE_PAGE = "single-page"
# Tags on links between one's own pages, and from and to a subdomain.
BANNER, SUBDOMAIN = "banner", "subdomain"
# Out to another site and back within a visit.
SIGN_IN, PAYMENT, NO_OVERRIDE = "sign-in", "payment", "no override"
# Time on a page that is told after the pause that ends a visit.
LATE = "late"
# A back end tells something hours later, or who it was; or sends the form; or all that comes is the form.
NIGHTLY, SYNCED, BY_SERVER, UNTRACKED = "nightly", "synced", "by server", "untracked"
# The clock of the device stands at 1970, or is decades ahead.
WRONG_CLOCK = "wrong clock"
# A form tells of other people, too: who cares for the customer, who recommended the site.
MANAGED, RECOMMENDED = "managed", "recommended"

_PASSED = {
    SIGN_IN: (
        "https://passport.feishu.cn/suite/passport/page/login/?app_id=1",
        "https://login.dingtalk.com/oauth2/challenge.htm?client_id=1",
        "https://metagraph.okta.com/oauth2/v1/authorize?client_id=1",
        "https://open.work.weixin.qq.com/wwopen/sso/qrConnect?appid=1",
        "https://sso.some-customer.example/adfs/ls/?wa=wsignin1.0",
    ),
    PAYMENT: (
        "https://excashier.alipay.com/standard/payment/cashier.htm",
        "https://www.paypal.com/checkoutnow?token=1",
        "https://checkout.stripe.com/c/pay/1",
        "https://centinelapi.cardinalcommerce.com/V2/Cruise/StepUp",
    ),
    NO_OVERRIDE: ("https://pay.unheard-of.example/done",),
}
_DOCS = "https://docs.metagraph.example"
_BANNER = "utm_source=homepage&utm_medium=banner&utm_campaign=spring-release"


def bent(visit: Visit, told: Sequence[Happening]) -> tuple[Happening, ...]:
    """Return the events of a visit as a website of its manner tells them."""
    bend = _BENDS.get(visit.manner)
    return tuple(told) if bend is None else bend(visit, told)


def echo_of(visit: Visit, seed: int) -> Happening | None:
    """Return what a back end tells of a visit in the night after it, if it does."""
    if visit.manner not in (NIGHTLY, SYNCED):
        return None
    day = (visit.at + SHANGHAI_MS) // DAY_MS + 1
    at = day * DAY_MS - SHANGHAI_MS + 3 * HOUR_MS + (visit.number * 977 + seed) % (40 * MINUTE_MS)
    return Happening(kind="echo", at=at, url="", referrer="", title="")


def off_by(visit: Visit) -> int:
    """Return how far the clock of the device is ahead, in ms; below 0 it is behind."""
    if visit.manner != WRONG_CLOCK:
        return 0
    return 30 * 365 * DAY_MS if visit.number // 4 % 2 else MINUTE_MS - visit.at


def others_named(visit: Visit) -> dict[str, Any]:
    """Return what a visitor's form or account says of other people: never who the visitor is."""
    desk = 1 + visit.number % 4
    mail, phone = f"team{desk}@metagraph.example", f"1990998{desk:04d}"
    if visit.manner == MANAGED:
        return {"account_manager": {"name": f"客户成功{desk}组", "email": mail, "phone": phone}}
    if visit.manner == RECOMMENDED:
        return {"推荐人邮箱": mail, "推荐人手机": phone, "referred_by": {"email": mail}, "cc": mail}
    return {}


def _single_page(_: Visit, told: Sequence[Happening]) -> tuple[Happening, ...]:
    return tuple(replace(one, referrer=told[0].referrer) for one in told)


def _banner(_: Visit, told: Sequence[Happening]) -> tuple[Happening, ...]:
    second = _pages_of(told)[1]
    return _moved(told, second, f"{second}?{_BANNER}")


def _subdomain(_: Visit, told: Sequence[Happening]) -> tuple[Happening, ...]:
    """Lead to the documents on a host of their own and back, by links with tags."""
    second, third = _pages_of(told)[1:3]
    there = f"{_DOCS}{second.removeprefix(SITE)}?utm_source=website&utm_medium=navigation"
    back = f"{third}?utm_source=docs&utm_medium=footer"
    return _moved(_moved(told, second, there), third, back)


def _passing(visit: Visit, told: Sequence[Happening]) -> tuple[Happening, ...]:
    """Let the last page be the one to which another site leads back."""
    last = _pages_of(told)[-1]
    sites = _PASSED[visit.manner]
    came = sites[visit.number % len(sites)]
    back = f"{last}?utm_nooverride=1" if visit.manner == NO_OVERRIDE else last
    return tuple(replace(one, url=back, referrer=came) if one.url == last else one for one in told)


def _late(visit: Visit, told: Sequence[Happening]) -> tuple[Happening, ...]:
    """Leave the last page open for longer than any pause, and read."""
    last = next(one for one in reversed(told) if one.kind == "page")
    dwell = (32 + visit.number % 25) * MINUTE_MS + visit.number % 977
    before = [one for one in told if one.kind != "engaged" or one.url != last.url]
    return (*before, replace(last, kind="engaged", at=last.at + dwell + 40, dwell=dwell))


def _by_server(_: Visit, told: Sequence[Happening]) -> tuple[Happening, ...]:
    return tuple(replace(one, url="", referrer="", title="") if one.kind == "form" else one for one in told)


def _untracked(visit: Visit, told: Sequence[Happening]) -> tuple[Happening, ...]:
    return tuple(one for one in _by_server(visit, told) if one.kind == "form")


def _pages_of(told: Sequence[Happening]) -> list[str]:
    return [one.url for one in told if one.kind == "page"]


def _moved(told: Sequence[Happening], url: str, elsewhere: str) -> tuple[Happening, ...]:
    """Give a page another address, also where it is the one that led to the next."""
    return tuple(
        replace(
            one,
            url=elsewhere if one.url == url else one.url,
            referrer=elsewhere if one.referrer == url else one.referrer,
        )
        for one in told
    )


_BENDS: dict[str, Callable[[Visit, Sequence[Happening]], tuple[Happening, ...]]] = {
    SINGLE_PAGE: _single_page,
    BANNER: _banner,
    SUBDOMAIN: _subdomain,
    SIGN_IN: _passing,
    PAYMENT: _passing,
    NO_OVERRIDE: _passing,
    LATE: _late,
    BY_SERVER: _by_server,
    UNTRACKED: _untracked,
}
