"""`leadtrace attribute`: credits that follow from the journeys themselves, computed and stored."""

from dataclasses import asdict
from datetime import date, datetime
from typing import Any

import click

from answers.clock import now
from answers.tables import json_text, text_table
from attribution.conversion_chain import ChainError
from attribution.data_driven import DataDrivenModel, Method, Worth
from attribution.policy import PolicyError
from cli.failures import sentences
from cli.surroundings import located, surrounded
from settings import Settings, SettingsError
from sinks.clickhouse import ClickHouseError, connect
from sinks.computed_credits import DIMENSIONS, MILESTONES, Computed, Question, compute, read_ways, write
from sinks.policy_values import values_of_reports

DAY = click.DateTime(["%Y-%m-%d"])
SEED = click.IntRange(0, 2**32 - 1)
# Fewer draws say nothing about the ends of an interval.
DRAWS = click.IntRange(20, 100_000)


@click.command()
@click.argument("method", type=click.Choice([*map(str, Method)]))
@click.option(
    "--milestone",
    type=click.Choice(MILESTONES),
    default="won",
    show_default=True,
    help="Which conversions are credited.",
)
@click.option(
    "--by",
    type=click.Choice(DIMENSIONS),
    default="channel",
    show_default=True,
    help="Whose values earn the credit.",
)
@click.option("--from", "first", type=DAY, default="1970-01-01", help="First day of conversions.")
@click.option("--to", "last", type=DAY, default="2099-12-31", help="Last day of conversions.")
@click.option(
    "--lookback-days",
    type=click.IntRange(0, 36_500),
    default=None,
    help="How long before, 0 for ever; else as the policy says.",
)
@click.option(
    "--order", type=click.IntRange(1, 2), default=1, show_default=True, help="Of the chain, for markov."
)
@click.option(
    "--worth",
    type=click.Choice([*map(str, Worth)]),
    default="chain",
    show_default=True,
    help="Of a coalition, for shapley.",
)
@click.option(
    "--pairs",
    type=click.IntRange(10, 100_000),
    default=500,
    show_default=True,
    help="Sampled, of more than 12 values.",
)
@click.option("--draws", type=DRAWS, default=200, show_default=True, help="For the intervals.")
@click.option("--seed", type=SEED, default=1, show_default=True, help="Of all that is drawn by chance.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON.")
@surrounded()
@sentences(ClickHouseError, SettingsError, PolicyError, ChainError)
def command(
    given: Settings,
    method: str,
    worth: str,
    first: datetime,
    last: datetime,
    milestone: str,
    by: str,
    lookback_days: int | None,
    as_json: bool,
    **model: Any,
) -> None:
    """Compute what each channel or keyword earns by the journeys.

    METHOD markov takes each value away from a Markov chain of all journeys, and measures which conversions
    are lost with it; shapley measures what a value adds to the others. Journeys that did not convert count,
    too. `leadtrace report data_driven` shows what was computed last. The same seed, on the same journeys,
    says the same.
    """
    attribution = values_of_reports(given).attribution
    question = Question(
        milestone,
        by,
        *range_of(first.date(), last.date()),
        lookback_days=attribution.lookback_days if lookback_days is None else lookback_days,
        kinds=attribution.kinds,
    )
    wanted = DataDrivenModel(Method(method), worth=Worth(worth), **model)
    computed = run(located(given, "clickhouse"), question, wanted)
    click.echo(as_text(computed, wanted, as_json, given.timezone))
    if computed.warning and not as_json:
        click.echo(computed.warning, err=True)


def run(given: Settings, question: Question, model: DataDrivenModel) -> Computed:
    """Read, compute and store. Raises ClickHouseError or ChainError."""
    client = connect(given, timeout=600.0)
    try:
        computed = compute(read_ways(client, question, given.timezone), question, model)
        write(client, computed, question, model, now())
        return computed
    finally:
        client.close()


def range_of(first: date, last: date) -> tuple[date, date]:
    """The first and the last day; UsageError if they stand the other way round."""
    if last < first:
        raise click.UsageError(f"--to is {last}, before --from, {first}: give a last day that is not before")
    return first, last


def as_text(computed: Computed, model: DataDrivenModel, as_json: bool, timezone: str) -> str:
    """The credits for people, or for programs."""
    if as_json:
        rows = [
            {
                **asdict(row.credit),
                "currency": row.currency,
                "conversions": row.conversions / 1_000_000,
                "revenue": row.revenue_minor / 100,
            }
            for row in computed.rows
        ]
        head = {"model_version": computed.version, "model": model.name, "journeys": computed.journeys}
        return json_text(
            head | {"converted": computed.converted, "warning": computed.warning, "credits": rows}
        )
    rows_of_text = [
        (
            row.credit.value or "(empty)",
            row.currency,
            f"{row.conversions / 1_000_000:,.2f}",
            f"{row.revenue_minor / 100:,.2f}",
            *(f"{share:.1%}" for share in (row.credit.share, row.credit.low, row.credit.high)),
            f"{row.credit.effect:.4f}",
        )
        for row in sorted(computed.rows, key=lambda row: (row.currency, -row.conversions, row.credit.value))
    ]
    columns = (
        "Value",
        "Currency",
        "Conversions",
        "Revenue",
        "Share",
        "Share (low)",
        "Share (high)",
        "Effect",
    )
    table = text_table(columns, rows_of_text, timezone)
    went = f"{computed.converted:,} of {computed.journeys:,} journeys converted"
    return f"{table}\n{model.name} {computed.version}: {went}."
