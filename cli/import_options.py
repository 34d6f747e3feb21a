"""What several imports let a user say about their files."""

import click

from producers.cells.numbers import NUMBER_STYLES

DAY = click.DateTime(["%Y-%m-%d"])
TIME = click.DateTime(["%Y-%m-%d", "%Y-%m-%dT%H:%M", "%Y-%m-%dT%H:%M:%S"])
ENCODING = click.option("--encoding", default="", help="Of the files, for example gb18030; else found out.")
SEPARATOR = click.option("--separator", default="", help="Between cells, for example ';'; else found out.")
SHEET = click.option("--sheet", default="", help="Of a workbook; else the first with a header.")
DATE_ORDER = click.option(
    "--date-order", type=click.Choice(["mdy", "dmy"]), default=None, help="Of dates like 4/3/2026."
)
NUMBERS = click.option(
    "--numbers", type=click.Choice([*NUMBER_STYLES]), default=None, help="How the files write 1234.56."
)
