"""Who we are on a registry: from variables, or from where `docker login` and `podman login` keep
it, credential helpers included."""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nuages.build.registry.errors import CREDENTIALS_UNREADABLE
from nuages.build.registry.reference import REGISTRY, Reference
from nuages.core.errors import NuagesError
from nuages.core.secret import Secret
from nuages.system.command import Command, LocalRunner, Runner

USER, PASSWORD, PASSWORD_FILE = (
    "NUAGES_REGISTRY_USER",
    "NUAGES_REGISTRY_PASSWORD",
    "NUAGES_REGISTRY_PASSWORD_FILE",
)
# What a helper gives as the user where the secret is an identity token.
_TOKEN_USER = "<token>"  # noqa: S105
_HELPER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")
_HELPER_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class Credentials:
    """A user with a password, or with an identity token, which an OAuth2 token server takes."""

    user: str
    password: Secret
    is_identity_token: bool = False


def find_credentials(
    reference: Reference, variables: Mapping[str, str] = os.environ, runner: Runner | None = None
) -> Credentials | None:
    """The login for the registry of `reference`; None where there is none. Raises build.E056.

    The variables are for the registry that NUAGES_REGISTRY names and for no other, so that no
    password is sent to where a base image comes from.
    """
    said = _from_variables(reference, variables)
    if said is not None:
        return said
    for file in _login_files(variables):
        found = _from_file(file, reference, variables, runner or LocalRunner())
        if found is not None:
            return found
    return None


def _from_variables(reference: Reference, variables: Mapping[str, str]) -> Credentials | None:
    user, file = variables.get(USER, ""), variables.get(PASSWORD_FILE, "")
    if not user:
        return None
    registry = variables.get(REGISTRY, "").strip().partition("/")[0]
    if not registry:
        message = f"{USER} is set, and {REGISTRY} does not say for which registry"
        hint = f"Set the registry's host too: {REGISTRY}=registry.example.org"
        raise NuagesError(CREDENTIALS_UNREADABLE, message, hint=hint)
    if registry != reference.registry:
        return None
    password = variables.get(PASSWORD, "")
    if not password and file:
        password = _read(Path(file), PASSWORD_FILE).rstrip("\r\n")
    if not password:
        message = f"{USER} is '{user}', and there is no password"
        hint = f"Name a file that holds it: {PASSWORD_FILE}=/run/secrets/registry"
        raise NuagesError(CREDENTIALS_UNREADABLE, message, hint=hint)
    return Credentials(user, Secret(password))


def _login_files(variables: Mapping[str, str]) -> Iterator[Path]:
    """Where logins are kept: docker-login(1), containers-auth.json(5)."""
    home = Path(variables.get("HOME") or Path.home())
    if file := variables.get("REGISTRY_AUTH_FILE"):
        yield Path(file)
    yield Path(variables.get("DOCKER_CONFIG") or home / ".docker") / "config.json"
    runtime = variables.get("XDG_RUNTIME_DIR")
    yield (
        Path(runtime, "containers") if runtime else Path(f"/run/containers/{os.getuid()}")
    ) / "auth.json"
    configuration = Path(variables.get("XDG_CONFIG_HOME") or home / ".config")
    yield configuration / "containers" / "auth.json"


def _from_file(
    file: Path, reference: Reference, variables: Mapping[str, str], runner: Runner
) -> Credentials | None:
    try:
        text = file.read_text()
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return None
    except (OSError, ValueError) as error:
        raise _unreadable(file, str(error)) from None
    try:
        document = json.loads(text)
    except ValueError:
        raise _unreadable(file, "it is no JSON") from None
    if not isinstance(document, dict):
        raise _unreadable(file, "it is no JSON object")
    helper = _table(document, "credHelpers").get(reference.registry)
    if helper:
        try:
            return _ask_helper(str(helper), reference.registry, variables, runner)
        except FileNotFoundError:
            message = f"{file} wants docker-credential-{helper} for {reference.registry}, which is"
            raise NuagesError(CREDENTIALS_UNREADABLE, f"{message} not on PATH") from None
    if store := document.get("credsStore"):
        try:
            found = _ask_helper(str(store), reference.registry, variables, runner)
        except FileNotFoundError:
            found = None  # the file was brought from another machine: others may know
        if found is not None:
            return found
    return _from_entries(file, _table(document, "auths"), reference)


def _from_entries(
    file: Path, entries: Mapping[str, Any], reference: Reference
) -> Credentials | None:
    """The entry of the registry, or of the longest beginning of the repository's name."""
    named = {_entry_name(key): value for key, value in entries.items()}
    name = f"{reference.registry}/{reference.repository}"
    while name:
        entry = named.get(name)
        if isinstance(entry, dict) and (found := _from_entry(file, name, entry)):
            return found
        name = name.rpartition("/")[0]
    return None


def _entry_name(key: str) -> str:
    """The key of an entry as newer programs write it: older ones have `https://HOST/v1/`."""
    bare = re.sub(r"^https?://", "", key).rstrip("/")
    return re.sub(r"/v[12]$", "", bare)


def _from_entry(file: Path, name: str, entry: Mapping[str, Any]) -> Credentials | None:
    user, password = str(entry.get("username") or ""), str(entry.get("password") or "")
    if encoded := entry.get("auth"):
        try:
            decoded = base64.b64decode(str(encoded), validate=True).decode()
        except ValueError:
            raise _unreadable(file, f"the login of {name} is no Base64") from None
        user, _, password = decoded.rstrip("\0").partition(":")
    if token := entry.get("identitytoken"):
        return Credentials(user, Secret(str(token)), is_identity_token=True)
    return Credentials(user, Secret(password)) if user and password else None


def _ask_helper(
    name: str, registry: str, variables: Mapping[str, str], runner: Runner
) -> Credentials | None:
    """What the program `docker-credential-NAME` knows of the registry, by the protocol of
    https://docs.docker.com/reference/cli/docker/login/#credential-helper-protocol."""
    if not _HELPER.fullmatch(name):
        message = f"'{name[:100]}' cannot be the name of a credential helper"
        raise NuagesError(CREDENTIALS_UNREADABLE, message)
    program = f"docker-credential-{name}"
    command = Command(
        (program, "get"), env=variables, stdin=registry.encode(), timeout=_HELPER_SECONDS
    )
    try:
        done = runner.run(command)
    except TimeoutError:
        message = f"{program} did not answer within {_HELPER_SECONDS:.0f} seconds"
        raise NuagesError(CREDENTIALS_UNREADABLE, message) from None
    if done.code != 0 and "not found" in (done.stdout + done.stderr).lower():
        return None
    try:
        answer = json.loads(done.stdout) if done.code == 0 else None
    except ValueError:
        answer = None
    if not isinstance(answer, dict):
        # What it printed may hold a secret: it is not shown.
        message = f"{program} gives no login for {registry} (it ended with {done.code})"
        raise NuagesError(CREDENTIALS_UNREADABLE, message)
    user, secret = str(answer.get("Username") or ""), str(answer.get("Secret") or "")
    if not secret:
        return None
    return Credentials(user, Secret(secret), is_identity_token=user == _TOKEN_USER)


def _table(document: Mapping[str, Any], key: str) -> Mapping[str, Any]:
    value = document.get(key)
    return value if isinstance(value, dict) else {}


def _read(file: Path, variable: str) -> str:
    try:
        return file.read_text()
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "it is no text"
        message = f"{variable} names {file}, which cannot be read: {reason}"
        raise NuagesError(CREDENTIALS_UNREADABLE, message) from None


def _unreadable(file: Path, why: str) -> NuagesError:
    return NuagesError(CREDENTIALS_UNREADABLE, f"{file} cannot be read: {why}")
