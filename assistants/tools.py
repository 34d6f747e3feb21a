"""Which tools assistants have, and how a call of one is answered."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic, TypeVar

from assistants import health, people, reports
from assistants.arguments import Arguments, During, OfLead, OfReport, Run, Words, read
from assistants.desk import Desk
from assistants.told import Told
from sinks.report_values import ReportError, meant

Asked = TypeVar("Asked", bound=Arguments)


@dataclass(frozen=True, slots=True)
class Tool(Generic[Asked]):
    """What an assistant can call: `takes` are its arguments, `does` answers them."""

    name: str
    title: str
    description: str
    takes: type[Asked]
    does: Callable[[Desk, Asked], Awaitable[Told]]

    async def call(self, desk: Desk, given: Mapping[str, Any]) -> Told:
        """Answer a call. Raises ArgumentError and what the tool raises."""
        return await self.does(desk, read(self.name, self.takes, given))

    @property
    def schema(self) -> dict[str, Any]:
        """The JSON schema of its arguments."""
        return self.takes.model_json_schema()


TOOLS: Final[Mapping[str, Tool[Any]]] = {
    each.name: each
    for each in (
        Tool(
            "list_reports",
            "All reports",
            "Which reports there are, each with the question that it answers.",
            Words,
            reports.listed,
        ),
        Tool(
            "describe_report",
            "What a report can be asked",
            "What one report can be asked (its parameters with types, choices, bounds and defaults), and "
            "what each of its columns says.",
            OfReport,
            reports.described_one,
        ),
        Tool(
            "run_report",
            "Run a report",
            "The answer of one report: rows, what the columns say, until when facts are known, how far they "
            "can be trusted for this question, and where it was cut.",
            Run,
            reports.run_one,
        ),
        Tool(
            "lead_journey",
            "The journey of a lead",
            "Everything that happened to one lead in the order of time: visits with their pages, what it "
            "searched and clicked, stages, what sales did, deals.",
            OfLead,
            people.journey,
        ),
        Tool(
            "explain_lead",
            "Why a lead is as it is",
            "Why one lead is one person (the links between its identifiers), came from where it came (each "
            "touchpoint, the rule that chose its channel, what counts as first and last), and has its score.",
            OfLead,
            people.why,
        ),
        Tool(
            "data_health",
            "How far the data can be trusted",
            "How far the numbers can be trusted today: how fresh each source is, which share has no known "
            "source, what could not be understood, what waits, what is missing.",
            During,
            health.data_health,
        ),
    )
}


def tool(name: str) -> Tool[Any]:
    """The tool of this name. Raises ReportError, which names the nearest one."""
    if name not in TOOLS:
        raise ReportError(
            f"there is no tool '{name[:60]}'{meant(name, TOOLS)}; the tools are {', '.join(TOOLS)}"
        )
    return TOOLS[name]
