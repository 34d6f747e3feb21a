"""`leadtrace link`: tagged links, made, listed, checked, ended, and drawn as QR codes."""

import time
from pathlib import Path
from typing import cast

import click

from answers.picture import FONTS, PictureError, png_of
from answers.tables import csv_table, json_text, text_table
from attribution.policy import PolicyError, parse_policy
from cli.failures import sentences
from cli.link_making import made, target_in, tell
from cli.link_surroundings import Surroundings, links_here, short
from cli.next_steps import me
from cli.surroundings import surrounded
from producers.cells.source import source_of
from producers.links.checking import Checked, checked, urls_in
from producers.links.link import (
    KINDS,
    Kind,
    Link,
    LinkFaultError,
    record_of_link,
)
from producers.links.link_file import Appending
from producers.links.naming import NamingFaultError
from producers.links.pictures import qr_svg
from producers.outcomes.left_out import NotUnderstoodError
from settings import Settings, SettingsError, policy_text
from stack.errors import StackError

FORESEEN = (
    SettingsError,
    PolicyError,
    NamingFaultError,
    LinkFaultError,
    NotUnderstoodError,
    PictureError,
    StackError,
    OSError,
)
FAULTY = 1


@click.group()
def command() -> None:
    """Make tagged links, list and check them, and draw their QR codes.

    A link leads to one of the hosts in LEADTRACE_LINK_TARGETS, and is named by the rules in naming.toml of
    the data folder, or in the file that LEADTRACE_LINK_NAMING names.
    """


@command.command()
@click.argument("target")
@click.option("--source", required=True, help="utm_source: where the link stands, such as wechat.")
@click.option("--medium", required=True, help="utm_medium: of which kind that is, such as social, email, qr.")
@click.option("--campaign", required=True, help="utm_campaign: what it belongs to, such as 2026-spring.")
@click.option("--term", default="", help="utm_term.")
@click.option("--content", default="", help="utm_content: which of several places of one campaign.")
@click.option("--code", default="", help="What the link is called; made up if it isn't given.")
@click.option("--label", default="", help="What people call it; stands below the QR code.")
@click.option(
    "--kind", type=click.Choice(KINDS), help="What a click is; else the rules say it by the medium."
)
@click.option(
    "--recipients",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="List of people, CSV or workbook: each gets a link of his own, and the list is printed with them.",
)
@click.option("--output", type=click.Path(path_type=Path, dir_okay=False), help="File for that list.")
@click.option(
    "--knows-at-click", is_flag=True, help="A recipient's click names him without a page, as for a PDF."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@surrounded()
@sentences(*FORESEEN)
def create(
    given: Settings,
    target: str,
    code: str,
    label: str,
    kind: str | None,
    recipients: Path | None,
    output: Path | None,
    knows_at_click: bool,
    as_json: bool,
    **named: str,
) -> None:
    """Make a link that leads to TARGET.

    \b
    leadtrace link create https://www.example.com/offer --source wechat --medium social --campaign 2026-spring
    leadtrace link create https://www.example.com/offer --source edm --medium email --campaign 2026-spring \\
        --recipients customers.csv --output letter.csv
    """
    here = links_here(given)
    if output is not None and output.exists():
        raise click.UsageError(f"{output} is there already: give the name of a new file")
    if recipients and as_json and not output:
        raise click.UsageError("with --json the list of recipients needs a file: --output letter.csv")
    tags = {f"utm_{name}": value.strip() for name, value in named.items() if value.strip()}
    wanted = Link(
        code=code,
        target=target_in(here, target),
        tags=tags,
        kind=cast("Kind", kind) if kind else here.naming.kind_of(tags),
        label=label.strip(),
        knows_at_click=knows_at_click,
        made_at=time.time_ns() // 1_000_000,
    )
    link, told = made(here, wanted, recipients, output)
    url = short(here, link)
    if as_json:
        click.echo(json_text({"url": url, **record_of_link(link), "landing": link.landing}))
    else:
        click.echo(f"{url} leads to {link.landing}", err=told is not None)
    if told:
        tell(told, output)


@command.command(name="list")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="Print CSV.")
@surrounded()
@sentences(*FORESEEN)
def listed(given: Settings, as_json: bool, as_csv: bool) -> None:
    """List the links, the newest first."""
    here = links_here(given)
    links = here.links()
    people: dict[str, int] = {}
    for each in links.recipients.values():
        people[each.link] = people.get(each.link, 0) + 1
    newest = sorted(links.by_code.values(), key=lambda link: (-link.made_at, link.code))
    columns = (
        "code",
        "label",
        "kind",
        "source",
        "medium",
        "campaign",
        "content",
        "recipients",
        "ended",
        "target",
    )
    rows = [
        (
            *(link.code, link.label, link.kind),
            *(link.tags.get(f"utm_{name}", "") for name in ("source", "medium", "campaign", "content")),
            *(people.get(link.code, 0), "yes" if link.is_ended else "", link.target),
        )
        for link in newest
    ]
    if as_json:
        click.echo(json_text([{"url": short(here, link), **record_of_link(link)} for link in newest]))
    elif as_csv:
        click.echo(
            csv_table(
                (*columns, "url"), [(*row, short(here, link)) for row, link in zip(rows, newest, strict=True)]
            )
        )
    elif rows:
        click.echo(text_table(columns, rows, given.timezone))
    else:
        click.echo(f"There are no links in {here.file}: {me()} link create --help")


@command.command()
@click.argument("urls", nargs=-1)
@click.option(
    "--file",
    "file",
    type=click.Path(path_type=Path, exists=True, dir_okay=False),
    help="List of addresses, CSV or workbook.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@surrounded()
@sentences(*FORESEEN)
def check(given: Settings, urls: tuple[str, ...], file: Path | None, as_json: bool) -> None:
    """Check addresses that are tagged already, URLS or those of a list, and say which channel each would be.

    Exit status 1 if one of them breaks a rule. Without any, the links of Leadtrace's own are checked.
    """
    here = links_here(given)
    policy = parse_policy(policy_text(given))
    asked = [(f"{place}", url) for place, url in enumerate(urls, 1)]
    asked += urls_in(source_of(file), file.name) if file else []
    if not asked:
        asked = [(link.code, link.landing) for link in here.links().by_code.values() if not link.is_ended]
    told = list(checked(asked, here.naming, policy, here.reader))
    click.echo(json_text([_plain(each) for each in told]) if as_json else _shown(told))
    if any(each.faults for each in told):
        raise SystemExit(FAULTY)


@command.command()
@click.argument("codes", nargs=-1, required=True)
@click.option(
    "--output", type=click.Path(path_type=Path, file_okay=False), default=".", help="Folder for the pictures."
)
@click.option(
    "--format",
    "form",
    type=click.Choice(("png", "svg")),
    default="png",
    show_default=True,
    help="SVG for print.",
)
@click.option("--label", help="What stands below, instead of the link's own label; an empty one: nothing.")
@surrounded()
@sentences(*FORESEEN)
def qr(given: Settings, codes: tuple[str, ...], output: Path, form: str, label: str | None) -> None:
    """Draw the QR codes of the links with these CODES, a file each."""
    here = links_here(given)
    found = [_link(here, code) for code in codes]
    output.mkdir(parents=True, exist_ok=True)
    for link in found:
        text = qr_svg(short(here, link), link.label if label is None else label, FONTS)
        path = output / f"{link.code}.{form}"
        path.write_bytes(text.encode() if form == "svg" else png_of(text, 2.0))
        click.echo(str(path))


@command.command()
@click.argument("code")
@surrounded()
@sentences(*FORESEEN)
def end(given: Settings, code: str) -> None:
    """End the link CODE: it leads nowhere from now on. Its code stays taken."""
    here = links_here(given)
    link = _link(here, code)
    with Appending(here.file) as file:
        file.add([record_of_link(link) | {"is_ended": True}])
    click.echo(f"{link.code} leads nowhere now")


def _link(here: Surroundings, code: str) -> Link:
    link = here.links().by_code.get(code.lower())
    if link is None:
        raise LinkFaultError(f"there is no link {code[:64]} in {here.file}: `{me()} link list` lists them")
    return link


def _plain(each: Checked) -> dict[str, object]:
    return {name: getattr(each, name) for name in Checked.__slots__}


def _shown(told: list[Checked]) -> str:
    lines = []
    for each in told:
        lines.append(f"{each.where}  {each.url}")
        lines.append(
            f"  channel {each.channel}, source {each.source or '-'}, campaign {each.campaign or '-'}"
        )
        lines += [f"  ! {fault}" for fault in each.faults]
    faulty = sum(bool(each.faults) for each in told)
    return "\n".join([*lines, f"{len(told)} checked, {faulty} with faults"])
