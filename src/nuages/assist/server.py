"""Speaks the Model Context Protocol over standard input and output, with the official SDK.

The SDK keeps its two streams to itself: what a tool prints by accident goes to standard error.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import traceback
from importlib.metadata import version
from typing import Any

import anyio
import anyio.from_thread
import anyio.to_thread
import mcp_types as types
from mcp.server.context import ServerRequestContext
from mcp.server.lowlevel import Server
from mcp.server.stdio import stdio_server
from mcp.shared.exceptions import MCPError

from nuages.assist.errors import BAD_ARGUMENTS
from nuages.assist.page import render_page
from nuages.assist.schema import deploy_schema
from nuages.assist.specification import read_specification
from nuages.assist.tools import BY_NAME, Document, Doors, Tool
from nuages.client.errors import problem_document
from nuages.core.errors import EXIT_INTERRUPTED, INTERNAL, NuagesError

INSTRUCTIONS = (
    "Nuages deploys Django projects. Read the resource nuages://specification before you change a "
    "project. Then: check, mend what the findings say, check again, plan, deploy, logs."
)
_RESOURCES = (
    types.Resource(
        uri="nuages://specification",
        name="specification",
        title="The specification of a deployable Django project",
        mime_type="text/markdown",
    ),
    types.Resource(
        uri="nuages://deploy.schema.json",
        name="deploy.schema.json",
        title="JSON Schema of deploy.toml",
        mime_type="application/schema+json",
    ),
)
Context = ServerRequestContext[Any, Any]


def serve(doors: Doors) -> None:
    """Answer an assistant until it closes our standard input. What a tool is doing then is left:
    a deployment goes on in the platform."""
    # Threads that wait for input, or for the end of a deployment, would keep us here.
    signal.signal(signal.SIGINT, lambda *_: os._exit(EXIT_INTERRUPTED))
    anyio.run(_serve, make_server(doors))
    sys.stderr.flush()
    os._exit(0)


def make_server(doors: Doors) -> Server[Any]:
    """The protocol's side of the tools and the resources."""

    async def list_tools(_context: Context, _page: object) -> types.ListToolsResult:
        return types.ListToolsResult(tools=[_described(tool) for tool in BY_NAME.values()])

    async def call_tool(
        context: Context, asked: types.CallToolRequestParams
    ) -> types.CallToolResult:
        tool = BY_NAME.get(asked.name)
        if tool is None:
            hint = f"The tools are {', '.join(BY_NAME)}."
            return _failed(
                NuagesError(BAD_ARGUMENTS, f"There is no tool '{asked.name}'", hint=hint)
            )
        return await _call(context, tool, asked.arguments or {}, doors)

    async def list_resources(_context: Context, _page: object) -> types.ListResourcesResult:
        return types.ListResourcesResult(resources=list(_RESOURCES))

    return Server(
        "nuages",
        version=version("nuages"),
        title="Nuages",
        instructions=INSTRUCTIONS,
        on_list_tools=list_tools,
        on_call_tool=call_tool,
        on_list_resources=list_resources,
        on_read_resource=_read_resource,
    )


async def _serve(server: Server[Any]) -> None:
    async with stdio_server() as (incoming, outgoing):
        await server.run(incoming, outgoing, server.create_initialization_options())


def _described(tool: Tool) -> types.Tool:
    schema = tool.arguments.model_json_schema()
    # What pydantic says of the class is for us; the tool has words of its own.
    schema = {key: value for key, value in schema.items() if key not in ("title", "description")}
    return types.Tool(
        name=tool.name,
        title=tool.title,
        description=tool.about,
        input_schema=schema,
        annotations=types.ToolAnnotations(
            title=tool.title,
            read_only_hint=not tool.changes,
            destructive_hint=tool.changes,
            idempotent_hint=not tool.changes,
            open_world_hint=tool.outward,
        ),
    )


async def _call(
    context: Context, tool: Tool, arguments: dict[str, Any], doors: Doors
) -> types.CallToolResult:
    """Run a tool in a thread of its own; its steps are told as progress."""
    told = 0

    def tell(message: str) -> None:
        nonlocal told
        told += 1
        anyio.from_thread.run(context.session.report_progress, float(told), None, message)

    def run() -> Document:
        return tool.call(arguments, doors, tell)

    try:
        document = await anyio.to_thread.run_sync(run, abandon_on_cancel=True)
    except NuagesError as error:
        return _failed(error)
    except Exception as error:
        message = f"{type(error).__name__}: {error}"
        return _failed(NuagesError(INTERNAL, message, details=traceback.format_exc()))
    return _told(_json(document))


def _failed(error: NuagesError) -> types.CallToolResult:
    """An error as an assistant reads it, and as data; the fix comes last."""
    lines = [error.details, error.message, f"Fix: {error.hint}", f"Code: {error.code.code}"]
    text = "\n".join(line for line in lines if line)
    return _told(_json(problem_document(error)), text, is_error=True)


def _told(document: str, text: str = "", *, is_error: bool = False) -> types.CallToolResult:
    """A JSON document as structured content, and `text` (else the document) for who reads text."""
    return types.CallToolResult(
        content=[types.TextContent(type="text", text=_sendable(text or document))],
        structured_content=json.loads(document),
        is_error=is_error,
    )


async def _read_resource(
    _context: Context, asked: types.ReadResourceRequestParams
) -> types.ReadResourceResult:
    uri = str(asked.uri)
    resource = next((one for one in _RESOURCES if one.uri == uri), None)
    if resource is None:
        raise MCPError(types.INVALID_PARAMS, f"There is no resource {uri}")
    is_schema = resource.name.endswith(".json")
    text = _json(deploy_schema()) if is_schema else render_page(read_specification())
    contents = types.TextResourceContents(uri=uri, mime_type=resource.mime_type, text=text)
    return types.ReadResourceResult(contents=[contents])


def _json(document: object) -> str:
    return _sendable(json.dumps(document, ensure_ascii=False))


def _sendable(text: str) -> str:
    """`text` in UTF-8 that is one: bytes of a file's name may be none."""
    return text.encode("utf-8", "replace").decode()
