"""Options of `leadtrace report`: each parameter of the report that is named is an option of its own."""

from collections.abc import Mapping, Sequence

import click

from sinks.report_files import Parameter, Report, list_reports

PREFIX = "parameter_"
_CHOSEN = "cli.report_options.chosen"


class ReportCommand(click.Command):
    """A command whose first argument decides which options there are."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Find out which report is meant before options are read."""
        reports = list_reports()
        ctx.meta[_CHOSEN] = reports
        named = self._name_in(ctx, args)
        ctx.meta[_CHOSEN] = [report for report in reports if report.name == named] or reports
        return super().parse_args(ctx, args)

    def get_params(self, ctx: click.Context) -> list[click.Parameter]:
        """The options of every report, and those of the one that is named."""
        chosen: Sequence[Report] = ctx.meta.get(_CHOSEN, ())
        own = super().get_params(ctx)
        taken = {name for each in own for name in (*each.opts, *each.secondary_opts)}
        made: dict[str, click.Parameter] = {}
        for report in chosen:
            for wanted in report.parameters:
                if option_of(wanted.name) not in taken:
                    made.setdefault(wanted.name, _option(wanted, hidden=len(chosen) > 1))
        return [*made.values(), *own]

    def format_help_text(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The question of the report that is named stands first."""
        chosen: Sequence[Report] = ctx.meta.get(_CHOSEN, ())
        if len(chosen) == 1:
            formatter.write_paragraph()
            formatter.write_text(" ".join([chosen[0].title, *chosen[0].notes]))
        super().format_help_text(ctx, formatter)

    def _name_in(self, ctx: click.Context, args: list[str]) -> str | None:
        """The argument NAME in a line; None without one, and for a line that is not understood."""
        try:
            values, _, _ = self.make_parser(ctx).parse_args(list(args))
        except click.UsageError:
            return None
        name = values.get("name")
        return name if isinstance(name, str) else None


def option_of(name: str) -> str:
    """What a parameter is called on the command line: --half-life for half_life."""
    return "--" + name.replace("_", "-")


def told(options: Mapping[str, object]) -> dict[str, str]:
    """The parameters that were given by options of their own."""
    return {
        name.removeprefix(PREFIX): str(value)
        for name, value in options.items()
        if name.startswith(PREFIX) and value is not None
    }


def _option(wanted: Parameter, hidden: bool) -> click.Option:
    values = "|".join(wanted.choices)
    default = "" if wanted.default in (None, "") else f"  [default: {wanted.default}]"
    return click.Option(
        [option_of(wanted.name), f"{PREFIX}{wanted.name}"],
        metavar=values or wanted.kind.upper(),
        help=f"{wanted.help}{default}",
        hidden=hidden,
    )
