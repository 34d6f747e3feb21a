"""`leadtrace link`: links are named by rules, lead only where they may, and are made once."""

import csv
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import segno
from click.testing import CliRunner, Result

from cli.main import main
from producers.links.naming import NamingFaultError, naming_in
from producers.links.pictures import BLANK, qr_svg

TARGET = "https://www.shop.example/offer"
SPRING = ("--source", "wechat", "--medium", "social", "--campaign", "2026-spring")
LETTER = ("--source", "edm", "--medium", "email", "--campaign", "2026-spring")
Run = Callable[..., Result]


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command over a folder of its own."""
    for name, value in {
        "DATA_DIR": str(tmp_path / "data"),
        "LINK_TARGETS": "shop.example",
        "TOKEN_KEY": "a key that only tests use",
        "COLLECTOR_PUBLIC_URL": "https://t.shop.example",
    }.items():
        monkeypatch.setenv(f"LEADTRACE_{name}", value)
    return lambda *words: CliRunner().invoke(main, ["link", *words])


def made(run: Run, *words: str) -> Any:
    told = run("create", TARGET, *words, "--json")
    assert told.exit_code == 0, told.output
    return json.loads(told.output)


def test_a_link_is_made_and_listed(run: Run) -> None:
    told = run("create", TARGET, *SPRING, "--code", "Salon", "--label", "展会报名")
    tags = "utm_source=wechat&utm_medium=social&utm_campaign=2026-spring"
    assert told.output == f"https://t.shop.example/l/salon leads to {TARGET}?{tags}\n"
    other = made(run, *LETTER)
    assert (len(other["code"]), other["kind"]) == (6, "email_click")
    listed = json.loads(run("list", "--json").output)
    assert {each["code"]: each["label"] for each in listed} == {"salon": "展会报名", other["code"]: ""}
    assert "展会报名" in run("list").output
    rows = list(csv.DictReader(io.StringIO(run("list", "--csv").output)))
    assert {row["url"] for row in rows} == {"https://t.shop.example/l/salon", other["url"]}


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--source", "WeChat", *SPRING[2:]), "utm_source “WeChat” is not in small letters: “wechat”"),
        ((*SPRING[:4], "--campaign", "2026 spring"), "utm_campaign “2026 spring” holds “ ”: “2026-spring”"),
        ((*SPRING[:4], "--campaign", "-x"), "utm_campaign “-x” begins or ends with a sign"),
        ((*SPRING[:4], "--campaign", "x" * 65), "utm_campaign has 65 characters, and may have 64"),
        (
            ("--source", "wechat", "--medium", "post", *SPRING[4:]),
            "utm_medium “post” is not among affiliate, ",
        ),
        ((*SPRING[:4], "--campaign", " "), "utm_campaign is missing"),
        ((*SPRING, "--content", "wang@acme.cn"), "utm_content holds an address or a number of a person"),
        ((*SPRING, "--content", "13912345678"), "utm_content holds an address or a number of a person"),
        ((*SPRING, "--label", "ask wang@acme.cn"), "the label holds an address or a number of a person"),
        ((*SPRING, "--code", "a b"), "a code is up to 64 letters"),
    ],
)
def test_what_breaks_a_rule_is_said_and_nothing_is_made(run: Run, words: tuple[str, ...], said: str) -> None:
    told = run("create", TARGET, *words)
    assert told.exit_code == 1
    assert said in told.output
    assert "wang" not in told.output
    assert "There are no links" in run("list").output


@pytest.mark.parametrize(
    ("target", "said"),
    [
        ("https://evil.example/", "evil.example is not among the hosts that links may lead to"),
        ("shop.example/offer", "it may be an address such as https://"),
        ("https://www.shop.example\\@evil.example/", "it may be an address such as https://"),
        (f"{TARGET}?utm_source=x", "TARGET has tags of its own"),
        (f"{TARGET}?mail=wang%40acme.cn", "TARGET holds an address or a number of a person"),
    ],
)
def test_a_target_that_may_not_be_led_to(run: Run, target: str, said: str) -> None:
    told = run("create", target, *SPRING)
    assert (told.exit_code, said in told.output) == (1, True), told.output


def test_the_same_link_and_a_code_that_is_taken_are_refused(run: Run) -> None:
    made(run, *SPRING, "--code", "salon")
    assert "the link salon has this target and these tags" in run("create", TARGET, *SPRING).output
    assert "there is a link salon already" in run("create", TARGET, *LETTER, "--code", "SALON").output
    assert run("end", "salon").output == "salon leads nowhere now\n"
    assert made(run, *SPRING)["code"] != "salon"
    assert json.loads(run("list", "--json").output)[-1]["is_ended"] is True
    assert "there is no link x" in run("end", "x").output


def test_without_hosts_no_link_is_made(run: Run, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("LEADTRACE_LINK_TARGETS")
    assert "set LEADTRACE_LINK_TARGETS" in run("create", TARGET, *SPRING).output


def test_each_recipient_gets_a_link_of_his_own_and_the_file_of_links_knows_only_tokens(
    run: Run, tmp_path: Path
) -> None:
    people, letter = tmp_path / "people.csv", tmp_path / "letter.csv"
    people.write_text("姓名,邮箱\n王,wang@acme.cn\n无,\n李,li@b.cn\n王,WANG@acme.cn\n", encoding="gb18030")
    told = run(
        "create", TARGET, *LETTER, "--code", "spring", "--recipients", str(people), "--output", str(letter)
    )
    assert told.exit_code == 0
    assert "2 people have a link of their own" in told.output
    assert "left out, without an address or number of anybody: line 3" in told.output
    rows = list(csv.DictReader(io.StringIO(letter.read_text("utf-8-sig"))))
    assert [(row["姓名"], row["邮箱"]) for row in rows] == [
        ("王", "wang@acme.cn"), ("李", "li@b.cn"), ("王", "WANG@acme.cn"),
    ]  # fmt: skip
    assert rows[0]["link"] == rows[2]["link"] != rows[1]["link"]
    assert rows[0]["link"].startswith("https://t.shop.example/l/spring?r=")
    held = (tmp_path / "data/links.jsonl").read_text()
    assert "acme" not in held
    assert held.count('"who":"email:') == 2
    assert letter.stat().st_mode & 0o077 == 0
    again = run("create", TARGET, *SPRING, "--recipients", str(people), "--output", str(letter))
    assert (again.exit_code, "is there already" in again.output) == (2, True)


def test_a_list_without_people_makes_no_link(run: Run, tmp_path: Path) -> None:
    people = tmp_path / "people.csv"
    people.write_text("name,city\nWang,上海\n")
    told = run("create", TARGET, *LETTER, "--recipients", str(people))
    assert (told.exit_code, "names no column of addresses or numbers" in told.output) == (1, True)
    assert "There are no links" in run("list").output


def test_addresses_of_others_are_checked_and_told_their_channel(run: Run, tmp_path: Path) -> None:
    told = run(
        "check", "https://x.example/?utm_source=Baidu&utm_medium=cpc&utm_campaign=a&UTM_term=x&utm_medium=b"
    )
    assert told.exit_code == 1
    assert "channel paid_search, source baidu, campaign a" in told.output
    assert "! utm_source “Baidu” is not in small letters" in told.output
    assert "! UTM_term is not in small letters" in told.output
    assert "! utm_medium stands there 2 times" in told.output
    file = tmp_path / "urls.csv"
    file.write_text(
        "name,落地页网址\na,https://x.example/?utm_source=edm&utm_medium=email&utm_campaign=a\n"
        "b,https://x.example/?utm_source=edm&utm_medium=email&utm_campaign=a\nc,no address\n"
        "d,https://x.example/?utm_source=zz&utm_medium=yy&utm_campaign=wang@acme.cn\n"
    )
    found = json.loads(run("check", "--file", str(file), "--json").output)
    assert [(each["where"], each["channel"]) for each in found[:2]] == [
        ("urls.csv:2", "email"), ("urls.csv:3", "email"),
    ]  # fmt: skip
    assert [each["faults"] for each in found[:2]] == [[], ["it is the same as urls.csv:2"]]
    assert found[2]["faults"] == ["it is no address that begins with https:// or http://"]
    assert "no channel of the policy takes its source and medium" in found[3]["faults"]
    assert "wang" not in json.dumps(found)


def test_without_addresses_the_links_of_ones_own_are_checked(run: Run, tmp_path: Path) -> None:
    made(run, *SPRING)
    assert "1 checked, 0 with faults" in run("check").output
    (tmp_path / "data/naming.toml").write_text('sources = ["baidu"]\n')
    told = run("check")
    assert (told.exit_code, "utm_source “wechat” is not among baidu" in told.output) == (1, True)


@pytest.mark.parametrize("form", ["png", "svg"])
def test_qr_codes_are_pictures_that_say_what_they_are(run: Run, tmp_path: Path, form: str) -> None:
    made(run, *SPRING, "--code", "salon")
    told = run("qr", "salon", "--output", str(tmp_path / "q"), "--format", form)
    path = tmp_path / f"q/salon.{form}"
    assert told.output == f"{path}\n"
    assert path.read_bytes().startswith(b"\x89PNG" if form == "png" else b"<svg ")
    assert "there is no link x" in run("qr", "x").output


def test_a_drawing_has_each_dark_module_of_the_code_in_its_place_and_the_label_below() -> None:
    drawn = qr_svg("https://t.shop.example/l/salon", "A & <B> 展会", "Arial")
    rows = segno.make("https://t.shop.example/l/salon", error="q", micro=False, boost_error=False).matrix
    dark = {(x + BLANK, y + BLANK) for y, row in enumerate(rows) for x, module in enumerate(row) if module}
    marks = drawn.partition('<path d="')[2].partition('"')[0]
    assert {tuple(map(int, mark.partition("h")[0].split())) for mark in marks.split("M") if mark} == dark
    assert "A &amp; &lt;B&gt; 展会</text>" in drawn


@pytest.mark.parametrize(
    "text",
    ["x", "unknown = 1", "longest = 'a'", "required = ['a']", "[mediums]\nqr = 'scan'", "separators = 'a'"],
)
def test_rules_that_are_none_are_refused(tmp_path: Path, text: str) -> None:
    (tmp_path / "naming.toml").write_text(text)
    with pytest.raises(NamingFaultError, match=r"naming\.toml, can't be used: "):
        naming_in(tmp_path, None)
