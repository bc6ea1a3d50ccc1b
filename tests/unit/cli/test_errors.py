"""Errors are printed alike, in one place, with the exit codes of the contract."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.cli.conftest import Nuages
from tests.unit.cli.fake_api import FakeApi, Reply, problem


def test_an_error_has_three_lines_and_its_details_indented_above(
    nuages: Nuages, api: FakeApi
) -> None:
    api.on("GET /api/apps", problem(409, "control.E009", "It is so", 4, details="one\ntwo"))

    ended = nuages("apps")

    assert ended.err.splitlines() == [
        "    one",
        "    two",
        "Error: It is so",
        "Fix: Do this.",
        "Code: control.E009 · nuages explain control.E009",
    ]
    assert ended.out == ""


@pytest.mark.parametrize("code", [1, 2, 3, 4, 5, 6, 70])
def test_the_exit_code_is_the_one_of_the_problem(nuages: Nuages, api: FakeApi, code: int) -> None:
    api.on("GET /api/apps", problem(400, "control.E009", "It is so", code))

    assert nuages("apps").code == code


def test_with_json_an_error_is_one_problem_document_on_standard_error(
    nuages: Nuages, api: FakeApi
) -> None:
    api.on("GET /api/apps", problem(404, "control.E001", "There is no app", 4, details="seen"))

    ended = nuages("apps", "--json")

    assert ended.out == ""
    assert ended.problem == {
        "type": "urn:nuages:error:control.E001",
        "title": "A title",
        "detail": "There is no app",
        "code": "control.E001",
        "hint": "Do this.",
        "details": "seen",
        "causes": [],
        "retryable": False,
        "exit_code": 4,
    }


def test_without_a_platform_the_fix_is_to_start_it(nuages: Nuages, home: Path) -> None:
    ended = nuages("apps")

    assert ended.code == 6
    assert str(home) in ended.err
    assert "Fix: Start it: nuages up" in ended.err


def test_a_socket_that_nobody_listens_on_is_a_platform_that_does_not_run(
    nuages: Nuages, api: FakeApi
) -> None:
    api._server.socket.close()

    assert nuages("apps").code == 6


def test_a_home_that_others_own_is_exit_code_5(
    nuages: Nuages, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object) -> None:
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("socket.socket.connect", refuse)

    ended = nuages("apps")

    assert ended.code == 5
    assert "nuages up --home" in ended.err


def test_an_answer_that_is_no_json_is_said_to_be_one(nuages: Nuages, api: FakeApi) -> None:
    api.on("GET /api/apps", Reply(raw=b"<html>"))

    ended = nuages("apps")

    assert ended.code == 1
    assert "client.E004" in ended.err


def test_a_refusal_that_is_no_problem_document_is_told_with_its_status(
    nuages: Nuages, api: FakeApi
) -> None:
    api.on("GET /api/apps", Reply(raw=b"oh no", status=500))

    assert "500" in nuages("apps").err


def test_an_unknown_command_suggests_its_neighbour(nuages: Nuages) -> None:
    ended = nuages("relaeses")

    assert ended.code == 2
    assert "Did you mean nuages releases?" in ended.err


def test_an_unknown_option_suggests_its_neighbour(nuages: Nuages) -> None:
    ended = nuages("deploy", "--strct")

    assert ended.code == 2
    assert "--strict" in ended.err


def test_a_missing_argument_names_it_and_the_help(nuages: Nuages) -> None:
    ended = nuages("ps")

    assert ended.code == 2
    assert "APP" in ended.err
    assert "nuages ps --help" in ended.err


def test_wrong_usage_is_a_problem_document_too(nuages: Nuages) -> None:
    ended = nuages("ps", "--json")

    assert ended.problem["exit_code"] == 2


def test_an_exception_nobody_expected_is_exit_code_70(nuages: Nuages, api: FakeApi) -> None:
    api.on("GET /api/apps", [{"name": "polls"}, 3])

    ended = nuages("apps")

    assert ended.code == 70
    assert "core.E001" in ended.err


def test_ctrl_c_is_exit_code_130(
    nuages: Nuages, api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("socket.socket.connect", interrupt)

    ended = nuages("apps")

    assert ended.code == 130
    assert "Traceback" not in ended.err


def test_no_command_shows_the_help(nuages: Nuages) -> None:
    ended = nuages()

    assert ended.code == 0
    assert "deploy" in ended.out
    assert "Platform:" in ended.out


def test_the_version_is_printed(nuages: Nuages) -> None:
    ended = nuages("--version")

    assert ended.code == 0
    assert ended.out.startswith("nuages ")
