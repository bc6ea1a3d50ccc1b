"""deploy: what is sent, what is shown, and what the last line is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import Nuages
from tests.unit.cli.fake_api import Asked, FakeApi, Reply, problem

URL = "http://polls.localhost:8000"
FINDING = {
    "code": "inspect.W001",
    "severity": "warning",
    "message": "DEBUG is on",
    "fix": "Turn it off",
    "file": "mysite/settings.py",
    "line": 26,
}
DONE = {
    "id": "7",
    "app": "polls",
    "environment": "live",
    "kind": "deploy",
    "status": "succeeded",
    "release": 1,
    "url": URL,
    "start": f"{URL}/",
    "image": "sha256:abc",
    "seconds": 3.2,
    "findings": [FINDING],
    "error": None,
    "created": "2026-03-01T12:00:00Z",
}
EVENTS = [
    {"number": 11, "kind": "step.started", "step": "build"},
    {"number": 12, "kind": "step.done", "step": "build", "seconds": 2.5, "message": "12 packages"},
]
END = {"kind": "end", "deployment": DONE}


@pytest.fixture
def project(tmp_path: Path) -> Path:
    folder = tmp_path / "polls"
    folder.mkdir()
    return folder


@pytest.fixture
def ready(api: FakeApi) -> FakeApi:
    """A platform on which deployment 7 succeeds."""
    api.on("GET /api/status", {"healthy": True})
    api.on("POST /api/deployments", Reply({**DONE, "status": "waiting"}, 202))
    api.on("GET /api/deployments/7/events", Reply(lines=[*EVENTS, END]))
    return api


def test_the_last_line_of_standard_output_is_the_url(
    nuages: Nuages, ready: FakeApi, project: Path
) -> None:
    ended = nuages("deploy", str(project))

    assert ended.code == 0
    assert ended.out == f"{URL}\n"


def test_the_steps_are_told_on_standard_error(
    nuages: Nuages, ready: FakeApi, project: Path
) -> None:
    ended = nuages("deploy", str(project))

    assert "  build       2.50 s  12 packages" in ended.err.splitlines()
    assert f"1 finding; how to mend them: nuages check {project}" in ended.err


@pytest.mark.parametrize(("start", "told"), [("/", False), ("/polls/", True), (None, False)])
def test_a_site_that_begins_elsewhere_is_told_before_the_url(
    nuages: Nuages, ready: FakeApi, project: Path, start: str | None, told: bool
) -> None:
    end = {"kind": "end", "deployment": {**DONE, "start": start and URL + start}}
    ready.on("GET /api/deployments/7/events", Reply(lines=[*EVENTS, end]))

    ended = nuages("deploy", str(project))

    assert ended.out == f"{URL}\n"
    said = f"  There is nothing at /: the site begins at {URL}/polls/"
    assert (said in ended.err.splitlines()) is told


def test_json_is_one_document_with_what_is_promised(
    nuages: Nuages, ready: FakeApi, project: Path
) -> None:
    names = ["app", "environment", "release", "url", "start", "image", "seconds", "findings"]

    assert nuages("deploy", str(project), "--json").json == {name: DONE[name] for name in names}


def test_a_folder_is_handed_over_by_its_absolute_path(
    nuages: Nuages, ready: FakeApi, project: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(project)

    nuages("deploy")

    assert ready.bodies("POST /api/deployments") == [
        {"strict": False, "overlay": True, "folder": str(project)}
    ]


def test_every_option_reaches_the_platform(nuages: Nuages, ready: FakeApi, project: Path) -> None:
    options = ["--app", "polls@test", "--root", "site", "--strict", "--no-overlay"]

    ended = nuages("deploy", str(project), *options, "--set", "A=canary", "--set", "B=2=3")

    assert ready.bodies("POST /api/deployments") == [
        {
            "app": "polls@test",
            "root": "site",
            "config": {"A": "canary", "B": "2=3"},
            "strict": True,
            "overlay": False,
            "folder": str(project),
        }
    ]
    assert "canary" not in ended.out + ended.err


def test_a_zip_is_uploaded_first(nuages: Nuages, ready: FakeApi, tmp_path: Path) -> None:
    archive = tmp_path / "my polls.zip"
    archive.write_bytes(b"PK" * 100_000)
    ready.on("POST /api/uploads", {"id": "u1"})

    assert nuages("deploy", str(archive)).code == 0

    upload = next(one for one in ready.asked if one.path == "/api/uploads")
    assert upload.query == {"name": "my polls.zip"}
    assert upload.body == archive.read_bytes()
    assert ready.bodies("POST /api/deployments")[0]["upload"] == "u1"


@pytest.mark.parametrize(
    "url", ["https://github.com/django/polls.git", "git@example.org:polls.git", "ssh://host/x"]
)
def test_a_git_address_is_not_possible_yet(nuages: Nuages, home: Path, url: str) -> None:
    ended = nuages("deploy", url)

    assert ended.code == 2
    assert "not possible yet" in ended.err


def test_a_path_that_is_not_there_starts_nothing(nuages: Nuages, home: Path) -> None:
    ended = nuages("deploy", "/nowhere/at/all")

    assert ended.code == 2
    assert "/nowhere/at/all" in ended.err
    assert list(home.iterdir()) == []


def test_a_bad_app_name_starts_nothing(nuages: Nuages, home: Path, project: Path) -> None:
    assert nuages("deploy", str(project), "--app", "No Name").code == 2
    assert list(home.iterdir()) == []


def test_the_control_plane_may_restart_in_the_middle(
    nuages: Nuages, ready: FakeApi, project: Path
) -> None:
    ready.on(
        "GET /api/deployments/7/events",
        Reply(lines=EVENTS[:1], cut=True),
        Reply(lines=[*EVENTS[1:], END]),
    )

    ended = nuages("deploy", str(project))

    feeds = [one.query for one in ready.asked if one.path.endswith("/events")]
    assert feeds == [{"after": "0"}, {"after": "11"}]
    assert ended.out == f"{URL}\n"
    assert ended.err.count("12 packages") == 1


def failing(api: FakeApi, error: dict[str, Any] | None) -> None:
    failed = {**DONE, "status": "failed", "error": error, "release": None}
    lines = [
        {"number": 13, "kind": "step.failed", "step": "ready", "seconds": 9.0, "message": "no"}
    ]
    api.on(
        "GET /api/deployments/7/events",
        Reply(lines=[*lines, {"kind": "end", "deployment": failed}]),
    )


BROKEN = {
    "code": "run.E003",
    "title": "An instance ended while it started",
    "detail": "web.1 ended with 1",
    "details": "ModuleNotFoundError: No module named 'x'",
    "hint": "Add x to requirements.txt",
    "exit_code": 1,
    "status": 400,
}


def test_a_failure_names_step_error_log_lines_and_what_still_serves(
    nuages: Nuages, ready: FakeApi, project: Path
) -> None:
    failing(ready, BROKEN)
    ready.on("GET /api/apps/polls", {"name": "polls", "release": 6, "url": URL})

    ended = nuages("deploy", str(project))

    assert ended.code == 1
    assert ended.out == ""
    lines = ended.err.splitlines()
    assert f"Step 'ready' failed. Release v6 is still serving at {URL}." in lines
    assert "    ModuleNotFoundError: No module named 'x'" in lines
    assert lines[-3:] == [
        "Error: web.1 ended with 1",
        "Fix: Add x to requirements.txt",
        "Code: run.E003 · nuages explain run.E003",
    ]


def test_a_first_deployment_that_fails_says_that_nothing_serves(
    nuages: Nuages, ready: FakeApi, project: Path
) -> None:
    failing(ready, BROKEN)
    ready.on("GET /api/apps/polls", {"name": "polls", "release": None, "url": URL})

    assert "Nothing is serving" in nuages("deploy", str(project)).err


def test_a_failure_of_an_app_that_is_gone_says_that_nothing_serves(
    nuages: Nuages, ready: FakeApi, project: Path
) -> None:
    failing(ready, BROKEN)
    ready.on("GET /api/apps/polls", problem(404, "control.E001", "There is no app 'polls'", 4))

    assert "Nothing is serving" in nuages("deploy", str(project)).err


def test_a_platform_that_cannot_be_asked_does_not_mean_that_nothing_serves(
    nuages: Nuages, ready: FakeApi, project: Path
) -> None:
    failing(ready, BROKEN)
    ready.on("GET /api/apps/polls", problem(500, "core.E001", "It failed", 70))

    said = nuages("deploy", str(project)).err

    assert "Nothing is serving" not in said
    assert "What polls serves is not known" in said


def test_a_failure_as_json_leaves_standard_output_empty(
    nuages: Nuages, ready: FakeApi, project: Path
) -> None:
    failing(ready, BROKEN)

    ended = nuages("deploy", str(project), "--json")

    assert ended.out == ""
    assert json.loads(ended.err[ended.err.index("{") :])["code"] == "run.E003"


def test_findings_that_stop_a_deployment_are_exit_code_3(
    nuages: Nuages, ready: FakeApi, project: Path
) -> None:
    failing(ready, {**BROKEN, "code": "pipeline.E002", "exit_code": 3})

    assert nuages("deploy", str(project)).code == 3


def test_an_upload_that_is_refused_is_told_with_the_platform_s_reason(
    nuages: Nuages, ready: FakeApi, tmp_path: Path
) -> None:
    archive = tmp_path / "polls.zip"
    archive.write_bytes(b"PK")

    def refuse(_: Asked) -> Reply:
        return problem(413, "control.E020", "It has 2 GB", 3)

    ready.on("POST /api/uploads", refuse)

    ended = nuages("deploy", str(archive))

    assert ended.code == 3
    assert "It has 2 GB" in ended.err


LACKING = problem(
    400,
    "build.E030",
    "mysqlclient 2.2.4 has no wheel; compiling it takes default-libmysqlclient-dev",
    3,
    hint="As root: apt-get install x\nor have the deployment do it: nuages deploy PATH "
    "--install-packages",
)


def test_system_packages_are_installed_where_that_is_said(
    nuages: Nuages, ready: FakeApi, project: Path
) -> None:
    nuages("deploy", str(project), "--install-packages")

    assert ready.bodies("POST /api/deployments")[0]["install_packages"] is True


def test_nobody_is_asked_about_system_packages_without_a_terminal(
    nuages: Nuages, ready: FakeApi, project: Path
) -> None:
    ready.on("POST /api/deployments", LACKING)

    ended = nuages("deploy", str(project))

    assert ended.code == 3
    assert "--install-packages" in ended.err
    assert len(ready.bodies("POST /api/deployments")) == 1
