"""An assistant works with a whole platform: it deploys, reads logs, and is killed meanwhile."""

from __future__ import annotations

import json
import subprocess
import time
from pathlib import Path
from typing import Any

import anyio
from mcp.client.client import Client

from tests.integration.assist.assistant import PROGRAM, ask, call
from tests.integration.assist.test_server import begin, say
from tools.answers import check_site, read_expected
from tools.demo import EXAMPLES
from tools.own_platform import Platform


def around(platform: Platform) -> dict[str, str]:
    return {
        name: text for name, text in platform.environment().items() if name.startswith("NUAGES_")
    }


def await_running(platform: Platform, app: str) -> None:
    deadline = time.monotonic() + 120
    while (now := platform.read("info", app))["status"] != "running":
        assert time.monotonic() < deadline, now
        time.sleep(0.1)


def test_an_assistant_deploys_a_project_and_reads_its_log(platform: Platform) -> None:
    told: list[str | None] = []

    async def hear(_progress: float, _total: float | None, message: str | None) -> None:
        told.append(message)

    async def act(client: Client) -> list[Any]:
        wanted = {"path": "prepared", "app": "assisted", "strict": True}
        return [
            await client.call_tool("deploy", wanted, progress_callback=hear),
            await client.call_tool("logs", {"app": "assisted", "count": 20}),
            await client.call_tool("apps", {}),
            await client.call_tool("status", {}),
        ]

    deployed, logs, apps, status = ask(act, EXAMPLES, around(platform))

    assert not deployed.is_error, deployed.content
    answer = deployed.structured_content
    assert (answer["app"], answer["release"], answer["findings"]) == ("assisted", 1, [])
    check_site(read_expected(EXAMPLES / "prepared"), answer["url"])
    assert any(str(message).startswith("build") for message in told)
    assert logs.structured_content["lines"]
    assert "assisted" in {app["name"] for app in apps.structured_content["apps"]}
    assert status.structured_content["healthy"] is True


def test_a_project_that_is_refused_is_told_with_its_code(
    platform: Platform, tmp_path: Path
) -> None:
    (tmp_path / "notes.txt").write_text("no project")

    result = ask(call("deploy", app="nothing"), tmp_path, around(platform))

    assert result.is_error
    assert result.structured_content["exit_code"] == 3
    assert "Fix: " in result.content[0].text


def test_a_deployment_goes_on_when_the_assistant_is_killed(platform: Platform) -> None:
    with subprocess.Popen(
        [PROGRAM, "mcp"],
        cwd=EXAMPLES,
        env=platform.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as server:
        begin(server)
        wanted = {"name": "deploy", "arguments": {"path": "polls", "app": "left-alone"}}
        say(server, 2, "tools/call", {**wanted, "_meta": {"progressToken": "a"}})
        first = json.loads(server.stdout.readline())
        assert first["method"] == "notifications/progress"
        server.kill()

    await_running(platform, "left-alone")


def test_a_call_that_is_cancelled_leaves_server_and_deployment_well(platform: Platform) -> None:
    async def act(client: Client) -> Any:
        with anyio.CancelScope() as scope:

            async def give_up(_progress: float, _total: float | None, _message: str | None) -> None:
                scope.cancel()

            wanted = {"path": "worker", "app": "given-up"}
            await client.call_tool("deploy", wanted, progress_callback=give_up)
        assert scope.cancelled_caught
        return await client.call_tool("status", {})

    status = ask(act, EXAMPLES, around(platform))

    assert status.structured_content["healthy"] is True
    await_running(platform, "given-up")


def test_the_input_ends_while_something_is_deployed(platform: Platform) -> None:
    with subprocess.Popen(
        [PROGRAM, "mcp"],
        cwd=EXAMPLES,
        env=platform.environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as server:
        begin(server)
        wanted = {"name": "deploy", "arguments": {"path": "chat", "app": "not-waited-for"}}
        say(server, 2, "tools/call", {**wanted, "_meta": {"progressToken": "a"}})
        server.stdout.readline()
        server.stdin.close()

        assert server.wait(10) == 0


def test_deploying_starts_the_platform_where_none_runs() -> None:
    own = Platform.prepare()
    try:
        own.start()
        own.run("down", "--home", str(own.home))

        result = ask(call("deploy", path="prepared", app="first"), EXAMPLES, own.environment())

        assert not result.is_error, result.content
        assert result.structured_content["url"] == own.address("first")
    finally:
        left = own.stop()
        own.remove()
    assert not left
