"""up, down, status: the platform itself."""

from __future__ import annotations

import os
import signal
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nuages.cli.errors import SYSTEM_PLATFORM
from nuages.cli.home import choose_home
from nuages.cli.options import command, connect, home_option, json_option
from nuages.cli.output import moment, say, shown, since, size, write, write_json, write_table
from nuages.cli.preparation import Wishes, check_home, wishes_of
from nuages.core.errors import EXIT_FAILED, NuagesError
from nuages.core.home import Home
from nuages.core.platform import PORT_MAX, PlatformSettings

if TYPE_CHECKING:
    from nuages.cli.platform import Stopped


@command(
    "nuages up",
    "nuages up --detach",
    "nuages up --home /srv/second --http-port 8080 --detach",
    "nuages up --install",
)
@home_option
@click.option(
    "--http-port",
    type=click.IntRange(1, PORT_MAX),
    metavar="N",
    help="Where the proxy listens. Default: as before, else 80 for root if it is free, else 8000.",
)
@click.option(
    "--http-address",
    metavar="IP",
    help="The address it listens on. Default: NUAGES_HTTP_ADDRESS, as before, else all.",
)
@click.option("--detach", is_flag=True, help="Return when the platform is healthy.")
@click.option("--install", is_flag=True, help="Write a systemd unit, and start nothing.")
@click.option(
    "--unsafe-no-sandbox",
    is_flag=True,
    help="Run apps without a sandbox: each can read what the platform can read.",
)
@click.option(
    "--take-over",
    is_flag=True,
    hidden=True,
    help="For the systemd unit: watch over the platform where it runs already.",
)
def up(  # noqa: PLR0913, PLR0917 the options of a command are its arguments
    home: Path | None,
    http_port: int | None,
    http_address: str | None,
    detach: bool,
    install: bool,
    unsafe_no_sandbox: bool,
    take_over: bool,
) -> None:
    """Start the platform: proxy, control plane and worker.

    It stays in the foreground until Ctrl-C, unless --detach is given. Port and address are kept
    for the next start.
    """
    chosen = choose_home(home)
    if chosen.foreign:
        raise NuagesError(SYSTEM_PLATFORM, f"{chosen.home.path} belongs to another user")
    wishes = wishes_of(http_port, http_address, unsafe=unsafe_no_sandbox, environ=os.environ)
    if install:
        _install(chosen.home, wishes)
        return
    _start(chosen.home, wishes, detach=detach, take_over=take_over)


@command("nuages down", "nuages down --apps")
@home_option
@click.option("--apps", is_flag=True, help="Stop the apps too.")
def down(home: Path | None, apps: bool) -> None:
    """Stop the platform. The apps' processes go on, unless --apps is given."""
    from nuages.cli.platform import stop_platform  # noqa: PLC0415 imports the engine

    chosen = choose_home(home)
    if chosen.foreign:
        raise NuagesError(SYSTEM_PLATFORM, f"{chosen.home.path} belongs to another user")
    _say_stopped(chosen.home, stop_platform(chosen.home, apps=apps))


@command("nuages status", "nuages status --json")
@home_option
@json_option
def status(home: Path | None, as_json: bool) -> None:
    """Show what runs, where, since when. Ends with 0 only when everything is healthy."""
    client = connect(home)
    now = client.status()
    if as_json:
        write_json(now)
    else:
        _write_status(client.home, now)
    if not now["healthy"]:
        raise click.exceptions.Exit(EXIT_FAILED)


def _start(home: Home, wishes: Wishes, *, detach: bool, take_over: bool) -> None:
    from nuages.cli.platform import start_platform, stop_platform, watch_platform  # noqa: PLC0415

    told = threading.Event()
    signal.signal(signal.SIGTERM, lambda *_: _interrupt(told))
    # What an interrupt is to stop: never a platform that somebody else has started.
    ours = take_over
    try:
        settings = start_platform(home, wishes, take_over=take_over)
        ours = True
        _say_started(home, settings)
        if detach:
            return
        say("Ctrl-C stops it; the apps' processes go on.")
        watch_platform(home, settings, say)
        say(f"The platform in {home.path} was stopped by another command.")
    except KeyboardInterrupt:
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        say("")
        if ours:
            _say_stopped(home, stop_platform(home, apps=False))
        if told.is_set() and not detach:
            return
        raise


def _interrupt(told: threading.Event) -> None:
    told.set()
    raise KeyboardInterrupt


def _install(home: Home, wishes: Wishes) -> None:
    from nuages.cli.preparation import (  # noqa: PLC0415
        check_port,
        decide_settings,
        kept_environment,
        load_settings,
        save_settings,
    )
    from nuages.cli.systemd import has_systemd, make_unit, write_unit  # noqa: PLC0415

    check_home(home)
    root = os.geteuid() == 0
    former = load_settings(home)
    # A platform that runs now holds its port itself.
    settings = decide_settings(
        wishes, former, root, lambda wanted: None if wanted == former else check_port(wanted)
    )
    save_settings(home, settings)
    unit = make_unit(home, sandbox=settings.sandbox, root=root, user_folder=Path.home())
    write_unit(home, unit, kept_environment(os.environ))
    say(f"Wrote {unit.path}.")
    if not has_systemd():
        say("systemd is not what starts this machine; elsewhere the next step is:")
    say("Stop a platform that runs already (nuages down), and type:")
    for line in unit.commands:
        write(line)


def _say_started(home: Home, settings: PlatformSettings) -> None:
    if not settings.sandbox:
        say("Apps run WITHOUT a sandbox: each can read what this user can read.")
    say(f"The platform runs in {home.path}, and listens on {settings.listen}.")
    say("Deploy a project with: nuages deploy PATH")
    write(f"Apps answer at {settings.url(f'NAME.{settings.base_domain}')}")


def _say_stopped(home: Home, stopped: Stopped) -> None:
    if stopped.name == "NOTHING_RAN":
        say(f"No platform is running in {home.path}.")
        return
    say(f"The platform in {home.path} is stopped.")
    if stopped.name == "APPS_LEFT":
        say("The apps' processes go on, and answer again after: nuages up")
        say("To stop them too: nuages down --apps")


def _write_status(home: Home, now: dict[str, Any]) -> None:
    http = now["http"]
    state = "is healthy" if now["healthy"] else "is NOT healthy"
    write(f"Nuages {now['version']} in {home.path} {state}.")
    write(f"It listens on port {http['port']} of {http['address']}; environments: {now['apps']}.")
    write("")
    write_table(
        {
            "PART": "name",
            "STATUS": "status",
            "PID": "pid",
            "UP": "up",
            "SINCE": "when",
            "MEMORY": "used",
        },
        [
            {
                **part,
                "status": shown(part["status"]),
                "up": since(part.get("since")),
                "when": moment(part.get("since")),
                "used": size(part.get("memory")),
            }
            for part in now["parts"]
        ],
    )
