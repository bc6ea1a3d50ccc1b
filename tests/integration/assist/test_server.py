"""`nuages mcp`, from outside: what an assistant is shown, given and refused."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from mcp.client.client import Client
from mcp.shared.exceptions import MCPError

from nuages.assist.page import render_page
from nuages.assist.schema import deploy_schema
from nuages.assist.specification import read_specification
from tests.integration.assist.assistant import PROGRAM, ask, call

ROOT = Path(__file__).resolve().parent.parent.parent.parent
READING = {"check", "plan", "logs", "explain", "apps", "status"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a project that nobody prepared, and one beside it."""
    shutil.copytree(ROOT / "examples/polls", tmp_path / "work/polls")
    (tmp_path / "secret").mkdir()
    (tmp_path / "work/way-out").symlink_to(tmp_path / "secret")
    return tmp_path / "work"


@pytest.fixture
def env(short_tmp: Path) -> dict[str, str]:
    """An environment in which no platform runs."""
    return {"NUAGES_HOME": str(short_tmp / "home")}


def test_each_tool_says_what_it_takes_and_whether_it_changes_anything(
    folder: Path, env: dict[str, str]
) -> None:
    tools = {tool.name: tool for tool in ask(lambda client: client.list_tools(), folder, env).tools}

    assert set(tools) == READING | {"fix", "deploy"}
    for name in READING:
        assert tools[name].annotations.read_only_hint is True
        assert tools[name].annotations.open_world_hint is False
    assert tools["deploy"].annotations.read_only_hint is False
    assert tools["deploy"].annotations.destructive_hint is True
    assert tools["deploy"].annotations.open_world_hint is True
    assert tools["fix"].annotations.read_only_hint is False
    assert tools["fix"].annotations.open_world_hint is False
    for tool in tools.values():
        assert tool.description
        assert tool.input_schema["additionalProperties"] is False
        for about in tool.input_schema["properties"].values():
            assert about["description"]


@pytest.mark.parametrize("mode", ["auto", "legacy"])
def test_a_bad_project_is_told_by_its_findings(
    folder: Path, env: dict[str, str], mode: str
) -> None:
    result = ask(call("check", path="polls"), folder, env, mode)

    assert not result.is_error
    assert result.structured_content["status"] == "errors"
    assert json.loads(result.content[0].text) == result.structured_content
    debug = next(
        one for one in result.structured_content["findings"] if one["code"] == "inspect.W011"
    )
    assert debug["file"] == "mysite/settings.py"
    assert debug["fix"] == "Write: DEBUG = os.environ.get('DJANGO_DEBUG') == 'True'"


def test_what_the_tools_say_is_what_the_commands_say(folder: Path, env: dict[str, str]) -> None:
    async def act(client: Client) -> list[Any]:
        return [
            (await client.call_tool("plan", {"path": "polls"})).structured_content["decisions"],
            (await client.call_tool("explain", {"code": "inspect.W011"})).structured_content,
        ]

    plan, explained = ask(act, folder, env)

    assert plan == printed("plan", str(folder / "polls"), "--json")
    assert explained == printed("explain", "inspect.W011", "--json")


def test_no_value_of_the_settings_is_among_the_facts(folder: Path, env: dict[str, str]) -> None:
    settings = folder / "polls/mysite/settings.py"
    settings.write_text(
        settings.read_text()
        + "\nimport os\nSECRET_KEY = os.environ.get('SECRET_KEY', 'not-for-everybody')\n"
        + "EMAIL_HOST_PASSWORD = 'nor-this-one'\nSITE = 'nor-even-this'\n"
    )

    result = ask(call("check", path="polls"), folder, env)

    text = result.content[0].text
    assert "mysite.settings" in text
    assert "not-for-everybody" not in text
    assert "nor-this-one" not in text
    assert "nor-even-this" not in text


def test_what_is_refused_is_an_error_of_the_tool_with_its_code_and_fix(
    folder: Path, env: dict[str, str]
) -> None:
    calls = [
        ("check", {"path": "../secret"}, "assist.E001"),
        ("deploy", {"path": "way-out"}, "assist.E001"),
        ("check", {"path": "nothing"}, "assist.E002"),
        ("check", {"pth": "polls"}, "assist.E003"),
        ("erase", {}, "assist.E003"),
        ("explain", {"code": "nothing"}, "cli.E004"),
        ("apps", {}, "client.E001"),
    ]

    async def act(client: Client) -> list[Any]:
        return [await client.call_tool(tool, arguments) for tool, arguments, _ in calls]

    results = ask(act, folder, env)

    assert all(result.is_error for result in results)
    problems = [result.structured_content for result in results]
    assert [problem["code"] for problem in problems] == [code for _, _, code in calls]
    for result in results:
        assert f"Fix: {result.structured_content['hint']}" in result.content[0].text
    assert not Path(env["NUAGES_HOME"]).exists()


def test_names_that_are_not_utf_8_are_told(folder: Path, env: dict[str, str]) -> None:
    Path(os.fsdecode(os.fsencode(folder / "polls/polls") + b"/\xff.py")).write_text("x = (")

    result = ask(call("check", path="polls"), folder, env)

    assert not result.is_error


def test_the_specification_and_the_schema_are_resources(folder: Path, env: dict[str, str]) -> None:
    async def act(client: Client) -> tuple[str, str]:
        listed = (await client.list_resources()).resources
        texts = [(await client.read_resource(one.uri)).contents[0].text for one in listed]
        with pytest.raises(MCPError):
            await client.read_resource("nuages://nothing")
        return texts[0], texts[1]

    page, schema = ask(act, folder, env)

    assert page == render_page(read_specification())
    assert json.loads(schema) == deploy_schema()


def test_only_the_protocol_is_on_standard_output(folder: Path, env: dict[str, str]) -> None:
    with started(folder, env) as server:
        begin(server)
        say(server, 2, "tools/call", {"name": "check", "arguments": {"path": "polls"}})
        say(server, 3, "tools/call", {"name": "apps", "arguments": {}})
        lines = [json.loads(server.stdout.readline()) for _ in range(2)]
        server.stdin.write(b"this is no message\n")
        server.stdin.close()
        rest = server.stdout.read().splitlines()

        assert server.wait(10) == 0
    assert {line["id"] for line in lines} == {2, 3}
    assert all(json.loads(line)["jsonrpc"] == "2.0" for line in rest)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_it_at_once(folder: Path, env: dict[str, str], number: int) -> None:
    with started(folder, env) as server:
        begin(server)
        server.send_signal(number)

        assert server.wait(10) in (130, -number)


def test_without_the_sdk_the_command_that_installs_it_is_named(env: dict[str, str]) -> None:
    program = "import sys; sys.modules['mcp_types'] = None; from nuages.cli.main import run; "
    done = subprocess.run(
        [sys.executable, "-c", program + "sys.exit(run(['mcp']))"],
        env={**os.environ, **env},
        capture_output=True,
        text=True,
        check=False,
    )

    assert done.returncode == 1
    assert "pip install" in done.stderr
    assert "assist.E004" in done.stderr
    assert "Traceback" not in done.stderr


def printed(*arguments: str) -> Any:
    """What a command prints with --json."""
    done = subprocess.run([PROGRAM, *arguments], capture_output=True, check=True)
    return json.loads(done.stdout)


def started(folder: Path, env: dict[str, str]) -> subprocess.Popen[bytes]:
    """A server that is spoken to by hand."""
    return subprocess.Popen(
        [PROGRAM, "mcp"],
        cwd=folder,
        env={**os.environ, **env},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    )


def begin(server: subprocess.Popen[bytes]) -> None:
    """Shake hands."""
    about = {"name": "test", "version": "1"}
    asked = {"protocolVersion": "2025-06-18", "capabilities": {}, "clientInfo": about}
    say(server, 1, "initialize", asked)
    assert json.loads(server.stdout.readline())["result"]["serverInfo"]["name"] == "nuages"
    say(server, None, "notifications/initialized", {})


def say(
    server: subprocess.Popen[bytes], number: int | None, method: str, params: dict[str, Any]
) -> None:
    message = {"jsonrpc": "2.0", "method": method, "params": params}
    message |= {} if number is None else {"id": number}
    server.stdin.write(json.dumps(message).encode() + b"\n")
    server.stdin.flush()
