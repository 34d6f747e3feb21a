"""Whom the token proves that a tagged link puts into the address which it leads to."""

from dataclasses import replace

import facts as f
import pytest
from tokens import TOKENISER

from producers.website.facts import Reception
from producers.website.welcome import token, welcomed
from schemas.website import PageViewed

AT = f.START
AGENT = "Mozilla/5.0 (X11)"
TOUCH, BROWSER = "0f" * 16, "ab" * 16
RECIPIENTS = {"abcdefgh12": "email:wang"}
RECEPTION = Reception(TOKENISER, AT, user_agent=AGENT, recipients=RECIPIENTS.get)
URL = "https://www.shop.cn/?utm_source=edm"


def landed(told: str, after: int = 0, **more: object) -> PageViewed:
    view = f.page("anon:me", after, f"{URL}&lt_click={told}#top")
    seen = welcomed(view, replace(RECEPTION, **more))  # type: ignore[arg-type]  # what each test says
    assert isinstance(seen, PageViewed)
    return seen


def made(browser: str = BROWSER, recipient: str = "abcdefgh12") -> str:
    return token(TOUCH, browser, recipient, AT, AGENT, TOKENISER)


def test_the_browser_and_the_mailbox_are_proven_and_taken_out_of_the_address() -> None:
    seen = landed(made())
    assert seen.others == (f"anon:{BROWSER}", "email:wang")
    assert seen.url == f"{URL}&lt_click={TOUCH}#top"


def test_a_touch_that_names_nobody_needs_no_proof() -> None:
    assert made("", "") == TOUCH
    assert landed(TOUCH).others == ()
    assert landed(TOUCH).url == f"{URL}&lt_click={TOUCH}#top"


@pytest.mark.parametrize(
    ("after", "is_fresh"), [(-50_000, True), (-70_000, False), (599_000, True), (601_000, False)]
)
def test_it_holds_for_ten_minutes(after: int, is_fresh: bool) -> None:
    assert bool(landed(made(), after).others) == is_fresh


def test_it_holds_for_one_browser_one_key_and_what_it_was_made_of() -> None:
    assert landed(made(), user_agent="").others == ()
    assert landed(made(), tokeniser=type(TOKENISER)("another key of tests")).others == ()
    assert landed(made().replace(BROWSER, "cd" * 16)).others == ()
    assert landed(made()[:-1] + "g").others == ()
    assert landed(made(recipient="nobodyhas1")).others == (f"anon:{BROWSER}",)


def test_time_on_a_page_and_its_successor_lose_the_token_too() -> None:
    told = f"{URL}&lt_click={made()}"
    engaged = welcomed(f.dwell("anon:me", 0, told, 5000), RECEPTION)
    following = welcomed(f.page("anon:me", 0, "https://www.shop.cn/next", referrer=told), RECEPTION)
    assert isinstance(engaged, type(f.dwell("anon:me", 0, "", 1)))
    assert isinstance(following, PageViewed)
    assert (engaged.url, engaged.others) == (f"{URL}&lt_click={TOUCH}", ())
    assert (following.referrer, following.others) == (f"{URL}&lt_click={TOUCH}", ())
