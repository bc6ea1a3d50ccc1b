"""An assistant for tests: the SDK's own client, which starts `nuages mcp` and speaks to it."""

from __future__ import annotations

import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, TypeVar

import anyio
from mcp.client.client import Client
from mcp.client.stdio import StdioServerParameters, stdio_client

T = TypeVar("T")
PROGRAM = Path(sys.executable).with_name("nuages")


def ask(
    act: Callable[[Client], Awaitable[T]],
    folder: Path,
    env: dict[str, str],
    mode: str = "auto",
) -> T:
    """What `act` returns, which is given a client of a server for `folder`."""

    async def talk() -> T:
        parameters = StdioServerParameters(
            command=str(PROGRAM), args=["mcp", "--root", str(folder)], env=env
        )
        async with Client(stdio_client(parameters), mode=mode) as client:
            return await act(client)

    return anyio.run(talk)


def call(tool: str, **arguments: Any) -> Callable[[Client], Awaitable[Any]]:
    """Call one tool; its result."""
    return lambda client: client.call_tool(tool, arguments)
