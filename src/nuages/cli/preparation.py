"""Decides how a platform is to be started, and refuses what could not work, before it is tried."""

from __future__ import annotations

import errno
import ipaddress
import json
import os
import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nuages.cli.errors import (
    BAD_ADDRESS,
    BAD_SETTINGS,
    HOME_NOT_WRITABLE,
    NOT_A_HOME,
    PORT_FORBIDDEN,
    PORT_IN_USE,
)
from nuages.cli.home import check_length
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.core.platform import PORT_MAX, PlatformSettings
from nuages.system.files import write_atomic

ROOT_PORT = 80
USER_PORT = 8000
_PRIVATE = 0o700
# What lies in a folder that a start made and then refused, and in a new file system.
_NOTHING_YET = frozenset(("run", "lost+found"))

# What the control plane takes over of our environment: what Python and uv are configured by.
_KEPT = frozenset(
    (
        "PATH",
        "PYTHONPATH",
        "HOME",
        "TMPDIR",
        "TZ",
        "LANG",
        "LC_ALL",
        "SSL_CERT_FILE",
        "SSL_CERT_DIR",
    )
)
_PROXIES = frozenset(("http_proxy", "https_proxy", "all_proxy", "no_proxy"))


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks of a platform; None where it leaves the choice."""

    http_port: int | None = None
    http_address: str | None = None
    sandbox: bool | None = None


def check_home(home: Home) -> None:
    """Make the state directory, closed to others. Raises cli.E010, cli.E011 and cli.E019."""
    check_length(home)
    try:
        home.path.mkdir(mode=_PRIVATE, parents=True, exist_ok=True)
        _recognise(home)
        home.path.chmod(_PRIVATE)
        home.run.mkdir(mode=_PRIVATE, exist_ok=True)
    except OSError as error:
        reason = error.strerror or str(error)
        raise NuagesError(HOME_NOT_WRITABLE, f"{home.path}: {reason}") from None
    if not os.access(home.path, os.W_OK | os.X_OK):
        raise NuagesError(HOME_NOT_WRITABLE, f"{home.path} cannot be written")


def _recognise(home: Home) -> None:
    """Raise where the folder is somebody else's, or was made for something else: what is closed
    to others here could be /srv."""
    if home.path.stat().st_uid != os.geteuid():
        raise NuagesError(HOME_NOT_WRITABLE, f"{home.path} belongs to another user")
    if any(each.exists() for each in (home.settings, home.database, home.images_lock)):
        return
    others = sorted({entry.name for entry in home.path.iterdir()} - _NOTHING_YET)
    if others:
        raise NuagesError(
            NOT_A_HOME, f"{home.path} is not a Nuages state directory: there is '{others[0]}' in it"
        )


def load_settings(home: Home) -> PlatformSettings | None:
    """How the platform was last started; None where it never was. Raises cli.E016."""
    try:
        return PlatformSettings.from_json(json.loads(home.settings.read_text()))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise NuagesError(BAD_SETTINGS, f"{home.settings}: {error}") from None


def save_settings(home: Home, settings: PlatformSettings) -> None:
    """Keep them for the next start, and for the control plane."""
    write_atomic(home.settings, json.dumps(settings.to_json(), indent=2) + "\n", 0o600)


def wishes_of(
    port: int | None, address: str | None, *, unsafe: bool, environ: Mapping[str, str]
) -> Wishes:
    """What the options and the environment ask for."""
    return Wishes(port, address or environ.get("NUAGES_HTTP_ADDRESS"), False if unsafe else None)


def kept_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """The part of our environment that the control plane gets."""
    return {
        name: value
        for name, value in environ.items()
        if name in _KEPT or name.lower() in _PROXIES or name.startswith(("UV_", "PIP_"))
    }


def decide_settings(
    wishes: Wishes,
    former: PlatformSettings | None,
    root: bool,
    check: Callable[[PlatformSettings], None],
) -> PlatformSettings:
    """The settings to start with: what is wished, else what was, else port 80 for root where it
    is free and 8000 for others. `check` raises where the proxy could not listen.
    """
    address = wishes.http_address or (former.http_address if former else everywhere())
    _check_address(address)
    sandbox = wishes.sandbox if wishes.sandbox is not None else True
    port = wishes.http_port or (former.http_port if former else None)
    if port is not None:
        settings = PlatformSettings(port, address, sandbox=sandbox)
        check(settings)
        return settings
    if root:
        try:
            settings = PlatformSettings(ROOT_PORT, address, sandbox=sandbox)
            check(settings)
        except NuagesError:
            pass
        else:
            return settings
    settings = PlatformSettings(USER_PORT, address, sandbox=sandbox)
    check(settings)
    return settings


def everywhere() -> str:
    """The address that means all interfaces: IPv6's, which takes IPv4 too, where there is IPv6."""
    return "::" if socket.has_ipv6 and Path("/proc/net/if_inet6").exists() else "0.0.0.0"  # noqa: S104 a web server


def check_port(settings: PlatformSettings) -> None:
    """Listen where the proxy will, for a moment. Raises cli.E013, cli.E014, cli.E015."""
    port = settings.http_port
    family = socket.AF_INET6 if ":" in settings.http_address else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            if family == socket.AF_INET6:
                probe.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 0)
            probe.bind((settings.http_address, port))
            probe.listen()
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise NuagesError(
                PORT_IN_USE,
                f"Another program listens on port {port} of {settings.http_address}",
                hint=f"Choose another port: nuages up --http-port {_another(port)}",
            ) from None
        if error.errno in (errno.EACCES, errno.EPERM):
            raise NuagesError(
                PORT_FORBIDDEN, f"Port {port} is below 1024, and you are not root"
            ) from None
        raise NuagesError(
            BAD_ADDRESS, f"{settings.http_address}: {error.strerror or error}"
        ) from None


def _another(port: int) -> int:
    if port < USER_PORT:
        return USER_PORT
    return port + 1 if port < PORT_MAX else USER_PORT


def _check_address(address: str) -> None:
    try:
        ipaddress.ip_address(address)
    except ValueError:
        raise NuagesError(BAD_ADDRESS, f"'{address}' is not an IP address") from None
