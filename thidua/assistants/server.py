"""The MCP server: tools and resources of the graph in the protocol's terms. The home of the library `mcp`.

:source: https://modelcontextprotocol.io/specification
"""

import json
import logging
from collections.abc import Callable
from functools import partial
from importlib.metadata import version as installed
from typing import Any, Final, TypeVar

import anyio
import anyio.to_thread
import mcp_types as types
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

from thidua.assistants.answers import Json
from thidua.assistants.calls import Calls
from thidua.assistants.clients import client_of
from thidua.assistants.tools import Tool
from thidua.base.errors import KnowledgeGraphError
from thidua.base.terms import ID
from thidua.engine.query import Caller
from thidua.names.labels import in_language
from thidua.views.naming import cluster_names

log = logging.getLogger(__name__)
T = TypeVar("T")

_INSTRUCTIONS: Final = """\
A knowledge graph of Vietnam's emulation clusters (cụm thi đua): which province belonged to which cluster, who headed it
in which year, what it signed and was awarded, and which source says so. Each answer names its sources and the version
of the graph; quote both. `certainty` is "certain" only where a source read first-hand states it; "possible" is not
known for sure. No rows means that the sources at hand say nothing, not that it did not happen. Ask a catalogued
question before you write SPARQL; find ids with `search`."""
_JSON: Final = "application/json"
_READ_ONLY: Final = types.ToolAnnotations(
    read_only_hint=True, destructive_hint=False, idempotent_hint=True, open_world_hint=False
)
_THINGS: Final = types.ResourceTemplate(
    name="thing",
    title="A thing of the graph",
    uri_template=f"{ID}{{kind}}/{{id}}",
    description="What is said of a province, cluster, person, record or source, with the sources that say it.",
    mime_type=_JSON,
)


def mcp_server(calls: Calls, proxies: int = 0) -> Server[Any]:
    """The server, ready to be run over any transport.

    :param proxies: how many of our own stand in front and tell whom they speak for.
    """
    limit = anyio.CapacityLimiter(8)

    async def apart(work: Callable[[], T]) -> T:
        """Run what waits for a worker in a thread; a client that leaves is not waited for, its deadline ends it."""
        return await anyio.to_thread.run_sync(work, limiter=limit, abandon_on_cancel=True)

    async def list_tools(ctx: Any, params: types.PaginatedRequestParams | None) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_tool(tool) for tool in calls.tools.values()])

    async def call_tool(ctx: Any, params: types.CallToolRequestParams) -> types.CallToolResult:
        if params.name not in calls.tools:
            raise MCPError(types.INVALID_PARAMS, f"There is no tool {params.name!r}; tools/list names them all.")
        caller = Caller(client_of(ctx.request, proxies))
        try:
            found = await apart(partial(calls.call, params.name, params.arguments or {}, caller))
        except KnowledgeGraphError as exc:
            log.info("tool=%s error=%s", params.name, exc.code)
            return _result(exc.to_wire(), failed=True)
        return _result(found)

    async def list_resources(ctx: Any, params: types.PaginatedRequestParams | None) -> types.ListResourcesResult:
        snapshot, caller = calls.kg.current(), Caller(client_of(ctx.request, proxies))
        clusters = await apart(lambda: cluster_names(lambda text: snapshot.select(text, caller)))
        return types.ListResourcesResult(
            resources=[
                types.Resource(
                    uri=iri, name=iri.removeprefix(ID), title=in_language(labels, "en"), mime_type=_JSON,
                    description=in_language(labels, "vi"),
                )
                for iri, labels in clusters.items()
            ]
        )  # fmt: skip

    async def list_templates(
        ctx: Any, params: types.PaginatedRequestParams | None
    ) -> types.ListResourceTemplatesResult:
        return types.ListResourceTemplatesResult(resource_templates=[_THINGS])

    async def read_resource(ctx: Any, params: types.ReadResourceRequestParams) -> types.ReadResourceResult:
        uri = str(params.uri)
        try:
            found = await apart(partial(calls.read, uri, Caller(client_of(ctx.request, proxies))))
        except KnowledgeGraphError as exc:
            raise MCPError(types.INVALID_PARAMS, str(exc), {"uri": uri, **exc.to_wire()}) from exc
        return types.ReadResourceResult(
            contents=[types.TextResourceContents(uri=uri, mime_type=_JSON, text=_text(found))]
        )

    return Server(
        "thidua",
        version=installed("thidua"),
        title="Vietnam's emulation clusters",
        instructions=_INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_list_resource_templates=list_templates,
        on_read_resource=read_resource,
    )


async def over_stdio(server: Server[Any]) -> None:
    """Serve the one client at standard input and output, until it closes them."""
    async with stdio_server() as (read, write):
        await server.run(read, write, server.create_initialization_options())


def _tool(tool: Tool) -> types.Tool:
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.description,
        input_schema=tool.takes,
        output_schema=tool.gives,
        annotations=_READ_ONLY,
    )


def _result(found: Json, *, failed: bool = False) -> types.CallToolResult:
    text = types.TextContent(type="text", text=_text(found))
    return types.CallToolResult(content=[text], structured_content=found, is_error=failed)


def _text(found: Json) -> str:
    return json.dumps(found, ensure_ascii=False, separators=(",", ":"))
