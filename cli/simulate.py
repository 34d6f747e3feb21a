"""`leadtrace simulate`: a market in a folder."""

import json
from datetime import datetime
from pathlib import Path

import click

from cli.failures import sentences
from market import simulate, write

SEED, VISITORS, START, DAYS = 7, 400, "2026-03-02", 120


@click.command()
@click.argument("folder", type=click.Path(path_type=Path, file_okay=False))
@click.option("--seed", type=click.IntRange(0), default=SEED, show_default=True, help="Decides everything.")
@click.option("--visitors", type=int, default=VISITORS, show_default=True, help="How many people visit.")
@click.option("--days", type=int, default=DAYS, show_default=True, help="How long it goes on.")
@click.option(
    "--start", type=click.DateTime(["%Y-%m-%d"]), default=START, show_default=True, help="The first day."
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@sentences(ValueError, OSError)
def command(folder: Path, seed: int, visitors: int, days: int, start: datetime, as_json: bool) -> None:
    """Write a simulated market to FOLDER, with the truth about it.

    HTTP requests to the collector, reports of ads, exports and webhooks of CRMs, attendance lists and
    corrections by hand, in the formats of the outside world; and in truth/ what caused each deal and what
    every report must say. The same options write the same bytes.
    """
    market = simulate(seed, visitors, start.date(), days)
    write(market, folder)
    files = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    if as_json:
        click.echo(json.dumps({"folder": str(folder), "visits": len(market.visits), "files": files}))
        return
    click.echo(
        f"{len(market.visits)} visits, {len(market.leads)} leads in the CRM, {len(market.deals)} changes of "
        f"deals over {days} days are in {folder}:"
    )
    for name in files:
        click.echo(f"  {name}")
