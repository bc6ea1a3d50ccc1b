"""The tools for assistants, without the protocol: what they take and refuse."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any

import pytest

from nuages.assist.errors import SDK
from nuages.assist.folder import Folder
from nuages.assist.tools import BY_NAME, Doors
from nuages.client.client import Client
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from tests.unit.cli.conftest import api, home
from tests.unit.cli.fake_api import FakeApi, Reply, problem

__all__ = ["api", "home"]
ROOT = Path(__file__).resolve().parent.parent.parent.parent
DEPLOYMENT = {"id": "7", "app": "polls", "environment": "live", "kind": "deploy"}


@pytest.fixture
def doors(tmp_path: Path, home: Path) -> Doors:
    """A folder with a project in it, another one beside it, and a link that leads there."""
    (tmp_path / "work/polls").mkdir(parents=True)
    (tmp_path / "work/polls/manage.py").write_text("")
    (tmp_path / "secret").mkdir()
    (tmp_path / "work/way-out").symlink_to(tmp_path / "secret")
    (tmp_path / "work/round").symlink_to("round")

    def client() -> Client:
        return Client(Home(home))

    return Doors(Folder(tmp_path / "work"), client, client, lambda code: {"code": code})


def call(doors: Doors, tool: str, **arguments: Any) -> dict[str, Any]:
    return BY_NAME[tool].call(arguments, doors, lambda _: None)


def refused(doors: Doors, tool: str, **arguments: Any) -> NuagesError:
    with pytest.raises(NuagesError) as caught:
        call(doors, tool, **arguments)
    return caught.value


def test_a_plan_has_the_errors_that_stand_in_its_way(doors: Doors, tmp_path: Path) -> None:
    (tmp_path / "work/polls/deploy.toml").write_text("[build")
    said = call(doors, "plan", path="polls")
    assert said["status"] == "errors"
    assert "deploy.toml:1" in said["errors"][0]["message"] or said["errors"][0]["line"] == 1


@pytest.mark.parametrize("tool", ["check", "fix", "plan", "deploy"])
@pytest.mark.parametrize("path", ["../secret", "/etc", "polls/../..", "way-out", "way-out/x"])
def test_a_path_that_leads_out_of_the_folder_is_refused(doors: Doors, tool: str, path: str) -> None:
    assert refused(doors, tool, path=path).code.code == "assist.E001"


@pytest.mark.parametrize("path", ["nothing", "po\0lls", "round", "x" * 5000])
def test_a_path_that_leads_nowhere_is_told(doors: Doors, path: str) -> None:
    assert refused(doors, "check", path=path).code.code == "assist.E002"


def test_an_absolute_path_inside_of_the_folder_is_taken(doors: Doors) -> None:
    assert call(doors, "check", path=str(doors.folder.path / "polls"))["name"] == "polls"


def test_a_folder_that_is_reached_by_a_link_is_the_same_folder(
    doors: Doors, tmp_path: Path
) -> None:
    (tmp_path / "link").symlink_to(doors.folder.path)

    assert Folder(tmp_path / "link").find("polls") == tmp_path / "link/polls"


@pytest.mark.parametrize(
    ("tool", "arguments", "code", "words"),
    [
        ("check", {"path": 3}, "assist.E003", "path: "),
        ("check", {"pth": "polls"}, "assist.E003", "pth: "),
        ("check", {"strict": "yes"}, "assist.E003", "strict: "),
        ("logs", {}, "assist.E003", "app: "),
        ("logs", {"app": "polls", "count": 0}, "assist.E003", "count: "),
        ("logs", {"app": "../x"}, "core.E010", "../x"),
        ("deploy", {"path": "polls", "app": "No Name"}, "core.E010", "No Name"),
        ("deploy", {"path": "polls", "config": {"A": 1}}, "assist.E003", "config.A: "),
        ("apps", {"all": True}, "assist.E003", "all: "),
        ("apps", {}, "client.E001", "No platform"),
    ],
)
def test_a_bad_call_names_what_is_wrong(
    doors: Doors, tool: str, arguments: dict[str, Any], code: str, words: str
) -> None:
    error = refused(doors, tool, **arguments)

    assert error.code.code == code
    assert words in error.message
    assert error.hint


def test_a_value_that_is_refused_is_not_repeated(doors: Doors) -> None:
    assert "s3cret" not in str(refused(doors, "deploy", config="s3cret"))


def test_a_root_outside_of_the_source_is_a_finding(doors: Doors) -> None:
    findings = call(doors, "check", path="polls", root="../../secret")["findings"]

    assert findings[0]["code"] == "inspect.E003"


def test_a_deployment_tells_its_steps_and_ends_with_the_address(doors: Doors, api: FakeApi) -> None:
    ended = {**DEPLOYMENT, "status": "succeeded", "url": "http://polls.localhost:8000"}
    api.on("POST /api/deployments", DEPLOYMENT)
    api.on("GET /api/deployments/7/events", Reply(lines=[step(1, "build"), end(ended)]))
    told: list[str] = []

    answer = BY_NAME["deploy"].call(
        {"path": "polls", "config": {"TOKEN": "s3cret"}}, doors, told.append
    )

    assert answer["url"] == "http://polls.localhost:8000"
    assert told == ["build made"]
    (wanted,) = api.bodies("POST /api/deployments")
    assert wanted["folder"] == str(doors.folder.path / "polls")
    assert wanted["config"] == {"TOKEN": "s3cret"}
    assert "s3cret" not in str(answer)


def test_a_zip_is_uploaded(doors: Doors, api: FakeApi) -> None:
    (doors.folder.path / "polls.zip").write_bytes(b"PK")
    api.on("POST /api/uploads", {"id": "u1"})
    api.on("POST /api/deployments", DEPLOYMENT)
    api.on(
        "GET /api/deployments/7/events",
        Reply(lines=[end({**DEPLOYMENT, "status": "succeeded"})]),
    )

    call(doors, "deploy", path="polls.zip")

    (wanted,) = api.bodies("POST /api/deployments")
    assert wanted["upload"] == "u1"
    assert wanted["origin"] == str(doors.folder.path / "polls.zip")


def test_a_deployment_that_fails_is_the_platforms_error(doors: Doors, api: FakeApi) -> None:
    told = problem(422, "build.E002", "It cannot be built", 3).data
    api.on("POST /api/deployments", DEPLOYMENT)
    api.on(
        "GET /api/deployments/7/events",
        Reply(lines=[end({**DEPLOYMENT, "status": "failed", "error": told})]),
    )

    error = refused(doors, "deploy", path="polls")

    assert (error.code.code, error.message) == ("build.E002", "It cannot be built")


def test_a_deployment_that_a_newer_one_replaced_is_told(doors: Doors, api: FakeApi) -> None:
    api.on("POST /api/deployments", DEPLOYMENT)
    api.on(
        "GET /api/deployments/7/events",
        Reply(lines=[end({**DEPLOYMENT, "status": "replaced", "error": None})]),
    )

    assert "replaced" in refused(doors, "deploy", path="polls").message


def test_logs_and_apps_are_lists_in_an_object(doors: Doors, api: FakeApi) -> None:
    line = {"time": 1.0, "process": "web", "instance": 1, "line": "hello"}
    api.on("GET /api/apps/polls/logs", Reply(lines=[line]))
    api.on("GET /api/apps", [{"name": "polls"}])

    assert call(doors, "logs", app="polls", count=5)["lines"] == [line]
    assert call(doors, "apps")["apps"] == [{"name": "polls"}]


def step(number: int, name: str) -> dict[str, Any]:
    return {"number": number, "kind": "step.done", "step": name, "message": "made", "seconds": 1}


def end(deployment: dict[str, Any]) -> dict[str, Any]:
    return {"kind": "end", "deployment": deployment}


def test_fix_mends_the_files_and_shows_no_secret(doors: Doors) -> None:
    polls = doors.folder.path / "polls"
    (polls / "manage.py").write_text(
        "import os\nos.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings')\n"
    )
    (polls / "shop").mkdir()
    (polls / "shop/__init__.py").write_text("")
    settings = polls / "shop/settings.py"
    settings.write_text("import os\nSECRET_KEY = 's3cret-of-old'\nDEBUG = True\n")

    planned = call(doors, "fix", path="polls", dry_run=True)
    untouched = settings.read_text()
    mended = call(doors, "fix", path="polls")

    assert (planned["status"], mended["status"]) == ("planned", "changed")
    assert "s3cret-of-old" in untouched
    assert "s3cret-of-old" not in settings.read_text()
    assert "s3cret-of-old" not in str(planned) + str(mended)
    assert "inspect.W010" in {finding["code"] for finding in mended["mended"]}


def test_the_sdk_that_is_asked_for_is_the_extra() -> None:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]

    assert project["optional-dependencies"]["mcp"] == [SDK]
