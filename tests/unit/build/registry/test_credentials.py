"""Who we are on a registry: variables, the files of docker and podman, credential helpers."""

from __future__ import annotations

import base64
import json
import os
from pathlib import Path

import pytest

from nuages.build.registry.credentials import Credentials, find_credentials
from nuages.build.registry.errors import CREDENTIALS_UNREADABLE
from nuages.build.registry.reference import Reference
from nuages.core.errors import NuagesError
from nuages.core.secret import Secret
from nuages.system.command import Command, Completed, RecordingRunner

REFERENCE = Reference("r.example:5000", "team/polls", "1")
ADA = Credentials("ada", Secret("right:horse"))


def encoded(login: str = "ada:right:horse") -> dict[str, str]:
    return {"auth": base64.b64encode(login.encode()).decode()}


@pytest.fixture
def variables(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody whose home is empty."""
    return {"HOME": str(tmp_path), "PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(tmp_path / "r")}


def write(file: Path, document: object) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(document if isinstance(document, str) else json.dumps(document))


def refused(variables: dict[str, str], runner: RecordingRunner | None = None) -> NuagesError:
    with pytest.raises(NuagesError) as raised:
        find_credentials(REFERENCE, variables, runner or RecordingRunner())
    assert raised.value.code is CREDENTIALS_UNREADABLE
    assert "horse" not in f"{raised.value.message} {raised.value.hint} {raised.value.details}"
    return raised.value


def test_nobody_is_known_without_files_and_variables(variables: dict[str, str]) -> None:
    assert find_credentials(REFERENCE, variables) is None


def test_variables_are_for_the_registry_that_is_named_and_for_no_other(
    variables: dict[str, str],
) -> None:
    variables |= {
        "NUAGES_REGISTRY": "r.example:5000/team",
        "NUAGES_REGISTRY_USER": "ada",
        "NUAGES_REGISTRY_PASSWORD": "right:horse",
    }
    assert find_credentials(REFERENCE, variables) == ADA
    assert find_credentials(Reference("other.example", "debian", "12"), variables) is None


def test_variables_without_a_registry_are_refused(variables: dict[str, str]) -> None:
    variables |= {"NUAGES_REGISTRY_USER": "ada", "NUAGES_REGISTRY_PASSWORD": "right:horse"}
    assert "NUAGES_REGISTRY " in refused(variables).message


def test_a_password_is_read_from_a_file(variables: dict[str, str], tmp_path: Path) -> None:
    variables |= {
        "NUAGES_REGISTRY": "r.example:5000",
        "NUAGES_REGISTRY_USER": "ada",
        "NUAGES_REGISTRY_PASSWORD_FILE": str(tmp_path / "password"),
    }
    assert str(tmp_path / "password") in refused(variables).message
    write(tmp_path / "password", "right:horse\n")
    assert find_credentials(REFERENCE, variables) == ADA


def test_a_user_without_a_password_is_refused(variables: dict[str, str]) -> None:
    variables |= {"NUAGES_REGISTRY": "r.example:5000", "NUAGES_REGISTRY_USER": "ada"}
    assert "'ada'" in refused(variables).message


@pytest.mark.parametrize(
    "key", ["r.example:5000", "https://r.example:5000", "https://r.example:5000/v1/"]
)
def test_the_login_of_docker_is_found(variables: dict[str, str], tmp_path: Path, key: str) -> None:
    write(
        tmp_path / ".docker/config.json", {"auths": {"o.example": encoded("o:p"), key: encoded()}}
    )
    assert find_credentials(REFERENCE, variables) == ADA


@pytest.mark.parametrize(
    ("variable", "file"),
    [
        ("DOCKER_CONFIG", "config.json"),
        ("REGISTRY_AUTH_FILE", ""),
        ("XDG_RUNTIME_DIR", "containers/auth.json"),
        ("XDG_CONFIG_HOME", "containers/auth.json"),
    ],
)
def test_logins_are_found_where_docker_and_podman_keep_them(
    variables: dict[str, str], tmp_path: Path, variable: str, file: str
) -> None:
    place = tmp_path / "kept"
    variables[variable] = str(place)
    write(place / file, {"auths": {"r.example:5000": encoded()}})
    assert find_credentials(REFERENCE, variables) == ADA


def test_the_longest_beginning_of_the_repository_wins(
    variables: dict[str, str], tmp_path: Path
) -> None:
    entries = {
        "r.example:5000": encoded("other:p"),
        "r.example:5000/team": encoded(),
        "r.example:5000/team/polls2": encoded("another:p"),
    }
    write(tmp_path / ".config/containers/auth.json", {"auths": entries})
    assert find_credentials(REFERENCE, variables) == ADA


def test_an_identity_token_is_known_as_one(variables: dict[str, str], tmp_path: Path) -> None:
    entry = {**encoded("ada:"), "identitytoken": "horse"}
    write(tmp_path / ".docker/config.json", {"auths": {"r.example:5000": entry}})
    found = find_credentials(REFERENCE, variables)
    assert found == Credentials("ada", Secret("horse"), is_identity_token=True)
    assert "horse" not in repr(found)


@pytest.mark.parametrize(
    ("document", "why"),
    [
        ("{", "no JSON"),
        ("[]", "no JSON object"),
        ({"auths": {"r.example:5000": {"auth": "%%horse"}}}, "no Base64"),
        ({"credHelpers": {"r.example:5000": "../horse"}}, ""),
    ],
)
def test_a_file_that_cannot_be_read_is_named(
    variables: dict[str, str], tmp_path: Path, document: object, why: str
) -> None:
    write(tmp_path / ".docker/config.json", document)
    with pytest.raises(NuagesError) as raised:
        find_credentials(REFERENCE, variables, RecordingRunner())
    assert raised.value.code is CREDENTIALS_UNREADABLE
    assert why in raised.value.message


@pytest.mark.parametrize("document", [{}, {"auths": []}, {"auths": {"r.example:5000": {}}}])
def test_a_file_without_the_registry_is_passed_over(
    variables: dict[str, str], tmp_path: Path, document: object
) -> None:
    write(tmp_path / ".docker/config.json", document)
    assert find_credentials(REFERENCE, variables) is None


class Helper(RecordingRunner):
    """Answers as a credential helper, or is not there."""

    def __init__(self, answer: Completed | None) -> None:
        super().__init__()
        self._answer = answer

    def run(self, command: Command) -> Completed:
        self.commands.append(command)
        if self._answer is None:
            raise FileNotFoundError(command.argv[0])
        return self._answer


@pytest.mark.parametrize("key", ["credsStore", "credHelpers"])
def test_a_helper_is_asked(variables: dict[str, str], tmp_path: Path, key: str) -> None:
    value: object = "pass" if key == "credsStore" else {"r.example:5000": "pass"}
    write(tmp_path / ".docker/config.json", {key: value, "auths": {"r.example:5000": {}}})
    helper = Helper(Completed(0, '{"Username": "ada", "Secret": "right:horse"}', ""))
    assert find_credentials(REFERENCE, variables, helper) == ADA
    command = helper.commands[0]
    assert (command.argv, command.stdin) == (("docker-credential-pass", "get"), b"r.example:5000")


def test_a_helper_gives_identity_tokens_too(variables: dict[str, str], tmp_path: Path) -> None:
    write(tmp_path / ".docker/config.json", {"credsStore": "pass"})
    helper = Helper(Completed(0, '{"Username": "<token>", "Secret": "horse"}', ""))
    found = find_credentials(REFERENCE, variables, helper)
    assert found
    assert found.is_identity_token


def test_a_store_that_is_missing_or_knows_nothing_leaves_it_to_the_file(
    variables: dict[str, str], tmp_path: Path
) -> None:
    document = {"credsStore": "desktop", "auths": {"r.example:5000": encoded()}}
    write(tmp_path / ".docker/config.json", document)
    nothing = Completed(1, "credentials not found in native keychain\n", "")
    assert find_credentials(REFERENCE, variables, Helper(None)) == ADA
    assert find_credentials(REFERENCE, variables, Helper(nothing)) == ADA


def test_a_helper_that_is_named_for_the_registry_has_to_be_there(
    variables: dict[str, str], tmp_path: Path
) -> None:
    write(tmp_path / ".docker/config.json", {"credHelpers": {"r.example:5000": "cloud"}})
    assert "docker-credential-cloud" in refused(variables, Helper(None)).message


@pytest.mark.parametrize("answer", [Completed(1, "horse", "horse"), Completed(0, "horse", "")])
def test_what_a_helper_prints_is_not_shown(
    variables: dict[str, str], tmp_path: Path, answer: Completed
) -> None:
    write(tmp_path / ".docker/config.json", {"credsStore": "pass"})
    assert "docker-credential-pass" in refused(variables, Helper(answer)).message


def test_a_real_helper_is_run(variables: dict[str, str], tmp_path: Path) -> None:
    program = tmp_path / "bin/docker-credential-real"
    write(program, '#!/bin/sh\nread host\nprintf \'{"Username":"%s","Secret":"s"}\' "$host"\n')
    program.chmod(0o755)
    variables["PATH"] = f"{tmp_path}/bin:{os.environ['PATH']}"
    write(tmp_path / ".docker/config.json", {"credsStore": "real"})
    assert find_credentials(REFERENCE, variables) == Credentials("r.example:5000", Secret("s"))
