"""The server of the Model Context Protocol: tools, prompts and a guide, and errors as sentences."""

import importlib.metadata
import logging
import time
from importlib import resources
from typing import Any, Final

from mcp import MCPError
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp_types import (
    INVALID_PARAMS,
    CallToolRequestParams,
    CallToolResult,
    GetPromptRequestParams,
    GetPromptResult,
    ListPromptsResult,
    ListResourcesResult,
    ListToolsResult,
    PaginatedRequestParams,
    Prompt,
    PromptArgument,
    PromptMessage,
    ReadResourceRequestParams,
    ReadResourceResult,
    Resource,
    TextContent,
    TextResourceContents,
    Tool,
    ToolAnnotations,
)

from answers.identifiers import IdentifierError
from assistants.arguments import ArgumentError
from assistants.desk import Desk, TooBusyError
from assistants.questions import question, questions
from assistants.tools import TOOLS, tool
from attribution.policy import PolicyError
from ending import cause_of
from settings import SettingsError
from sinks.clickhouse import ClickHouseError, TooManyRowsError, TooSlowError
from sinks.report_values import ReportError

GUIDE: Final = "leadtrace://guide"
FORESEEN: Final = (
    *(ArgumentError, IdentifierError, PolicyError, ReportError, SettingsError),
    *(ClickHouseError, TooBusyError),
)
_TOO_MUCH: Final = "the answer is too large to be made in time: ask for fewer days, for less, or with a limit"
_UNFORESEEN: Final = "something went wrong on our side: the server's log says what"

Context = ServerRequestContext[Any]
log = logging.getLogger(__name__)


def build_server(desk: Desk) -> Server[Any]:
    """The server over a desk; it says nothing to anybody before it is run."""
    answering = Answering(desk)
    return Server(
        "leadtrace",
        title="Leadtrace",
        version=importlib.metadata.version("leadtrace"),
        instructions=guide(),
        on_list_tools=answering.list_tools,
        on_call_tool=answering.call_tool,
        on_list_prompts=answering.list_prompts,
        on_get_prompt=answering.get_prompt,
        on_list_resources=answering.list_resources,
        on_read_resource=answering.read_resource,
    )


def guide() -> str:
    """How to answer well with these tools: for the assistant."""
    return resources.files("assistants").joinpath("guide.md").read_text(encoding="utf-8")


class Answering:
    """Answers requests of the protocol; what was asked is in no log, only which tool and for how long."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def list_tools(self, _: Context, __: PaginatedRequestParams | None) -> ListToolsResult:
        """All tools, which only read."""
        only_read = ToolAnnotations(read_only_hint=True, idempotent_hint=True, open_world_hint=False)
        tools = [
            Tool(
                name=each.name,
                title=each.title,
                description=each.description,
                input_schema=each.schema,
                annotations=only_read,
            )
            for each in TOOLS.values()
        ]
        return ListToolsResult(tools=tools)

    async def call_tool(self, _: Context, params: CallToolRequestParams) -> CallToolResult:
        """The answer of a tool, or a sentence that says what was wrong."""
        began = time.monotonic()
        try:
            told = await tool(params.name).call(self._desk, params.arguments or {})
        except FORESEEN as error:
            log.info("%s: %s", _known(params.name), type(error).__name__)
            too_much = isinstance(error, TooManyRowsError | TooSlowError)
            return _failed(_TOO_MUCH if too_much else str(error))
        except Exception as error:
            log.error("%s: %s", _known(params.name), cause_of(error))  # noqa: TRY400 - its text may quote data
            return _failed(_UNFORESEEN)
        log.info("%s: %.0f ms", _known(params.name), 1000 * (time.monotonic() - began))
        return CallToolResult(
            content=[TextContent(text=told.text)], structured_content=told.data, is_error=False
        )

    async def list_prompts(self, _: Context, __: PaginatedRequestParams | None) -> ListPromptsResult:
        """The questions that people ask most."""
        prompts = [
            Prompt(
                name=each.name,
                title=each.title,
                arguments=[
                    PromptArgument(name=name, description=text, required=name in each.needs)
                    for name, text in (*each.needs.items(), *each.may_have.items())
                ],
            )
            for each in questions().values()
        ]
        return ListPromptsResult(prompts=prompts)

    async def get_prompt(self, _: Context, params: GetPromptRequestParams) -> GetPromptResult:
        """One of them as a message of the user's. Raises MCPError."""
        try:
            asked = question(params.name)
            text = asked.filled(params.arguments or {})
        except ArgumentError as error:
            raise MCPError(code=INVALID_PARAMS, message=str(error)) from None
        message = PromptMessage(role="user", content=TextContent(text=text))
        return GetPromptResult(description=asked.title, messages=[message])

    async def list_resources(self, _: Context, __: PaginatedRequestParams | None) -> ListResourcesResult:
        """The guide."""
        about = "How to answer with these tools, which report is for which question, and the words"
        resource = Resource(
            uri=GUIDE, name="guide", title="Guide", description=about, mime_type="text/markdown"
        )
        return ListResourcesResult(resources=[resource])

    async def read_resource(self, _: Context, params: ReadResourceRequestParams) -> ReadResourceResult:
        """The guide's text. Raises MCPError for anything else."""
        if str(params.uri) != GUIDE:
            raise MCPError(code=INVALID_PARAMS, message=f"there is only the resource {GUIDE}")
        contents = TextResourceContents(uri=GUIDE, mime_type="text/markdown", text=guide())
        return ReadResourceResult(contents=[contents])


def _known(name: str) -> str:
    """A tool's name for the log: what is none may hold anything."""
    return name if name in TOOLS else "(no tool)"


def _failed(sentence: str) -> CallToolResult:
    return CallToolResult(content=[TextContent(text=sentence)], is_error=True)
