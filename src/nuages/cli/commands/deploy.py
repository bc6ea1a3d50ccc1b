"""deploy: a folder or a zip goes live; the last line is its URL."""

from __future__ import annotations

import os
import re
import shlex
from pathlib import Path
from typing import Any

import click

from nuages.cli.commands.config import read_assignments
from nuages.cli.deployment import see_through
from nuages.cli.errors import NO_SUCH_PATH, NOT_YET, SYSTEM_PLATFORM
from nuages.cli.home import choose_home
from nuages.cli.options import command, home_option, json_option, root_option, strict_option
from nuages.cli.output import say, write, write_json
from nuages.client.client import Client
from nuages.client.errors import FORBIDDEN, UNREACHABLE
from nuages.core.app import EnvironmentName
from nuages.core.errors import NuagesError
from nuages.core.home import Home

_GIT = re.compile(r"(?:[a-z+]+://|[\w.-]+@[\w.-]+:).+|.+\.git")
_PROMISED = ("app", "environment", "release", "url", "image", "seconds", "findings")


@command(
    "nuages deploy",
    "nuages deploy ~/polls --app polls@test --set EMAIL_HOST=mail.example.org",
    "nuages deploy polls.zip",
)
@click.argument("path", metavar="[PATH]", default=".")
@click.option(
    "--app",
    "name",
    metavar="NAME[@ENV]",
    help="The app, and the environment of it. Default: named after the folder.",
)
@root_option
@click.option(
    "--set",
    "put",
    metavar="K=V",
    multiple=True,
    help="A config var to set with it; may be repeated. A lone K is read from standard input.",
)
@strict_option
@click.option("--no-overlay", is_flag=True, help="Leave the project's settings alone.")
@home_option
@json_option
def deploy(  # noqa: PLR0913, PLR0917 the options of a command are its arguments
    path: str,
    name: str | None,
    root: str | None,
    put: tuple[str, ...],
    strict: bool,
    no_overlay: bool,
    home: Path | None,
    as_json: bool,
) -> None:
    """Put a project live, or its newest state, without downtime.

    Starts the platform where none is running. The last line printed is the site's URL.
    """
    source = find_source(path)
    if name is not None:
        EnvironmentName.parse(name)
    wanted: dict[str, Any] = {"strict": strict, "overlay": not no_overlay}
    wanted |= {"app": name} if name else {}
    wanted |= {"root": root} if root else {}
    wanted |= {"config": read_assignments(put)} if put else {}
    client = reach_platform(home)
    if source.is_dir():
        wanted["folder"] = str(source)
    else:
        wanted |= {"upload": client.upload(source), "origin": str(source)}
    ended = see_through(client, client.deploy(wanted))
    if as_json:
        write_json({key: ended.get(key) for key in _PROMISED})
        return
    count = len(ended.get("findings") or [])
    if count:
        what = "1 finding" if count == 1 else f"{count} findings"
        say(f"  {what}; how to mend them: nuages check {shlex.quote(path)}")
    write(str(ended["url"]))


def find_source(text: str) -> Path:
    """The absolute path of the folder or zip that `text` names, links in it kept."""
    path = Path(os.path.abspath(Path(text).expanduser()))  # noqa: PTH100 keeps links
    if path.is_dir() and os.access(path, os.R_OK | os.X_OK):
        return path
    if path.is_file() and os.access(path, os.R_OK):
        return path
    if path.exists():
        raise NuagesError(NO_SUCH_PATH, f"{path} cannot be read by you")
    if _GIT.fullmatch(text):
        raise NuagesError(NOT_YET, f"Deploying from a Git address ({text}) is not possible yet")
    raise NuagesError(NO_SUCH_PATH, f"There is nothing at {path}")


def reach_platform(home: Path | None) -> Client:
    """A client of a platform that answers; one is started, and that said, where none runs."""
    chosen = choose_home(home)
    client = Client(chosen.home)
    try:
        client.status()
    except NuagesError as error:
        if error.code == FORBIDDEN or chosen.foreign:
            raise NuagesError(
                SYSTEM_PLATFORM, f"The platform in {chosen.home.path} is not yours"
            ) from None
        if error.code != UNREACHABLE:
            raise
        _start(chosen.home)
    return client


def _start(home: Home) -> None:
    from nuages.cli.platform import start_platform  # noqa: PLC0415 imports the engine
    from nuages.cli.preparation import wishes_of  # noqa: PLC0415

    say(f"No platform is running in {home.path}; starting one, as `nuages up --detach` does.")
    wishes = wishes_of(None, None, unsafe=False, environ=os.environ)
    settings = start_platform(home, wishes)
    say(f"It listens on port {settings.http_port}. Stop it with: nuages down")
