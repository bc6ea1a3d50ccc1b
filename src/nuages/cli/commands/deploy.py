"""deploy: a folder or a zip goes live; the last line is its URL."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import sys
from pathlib import Path
from typing import Any

import click

from nuages.cli.commands.config import read_assignments
from nuages.cli.deployment import see_through
from nuages.cli.errors import NO_SUCH_PATH, NOT_YET, SYSTEM_PLATFORM
from nuages.cli.home import choose_home
from nuages.cli.options import command, home_option, json_option, root_option, strict_option
from nuages.cli.output import is_terminal, say, write, write_json
from nuages.client.client import Client
from nuages.client.errors import FORBIDDEN, UNREACHABLE
from nuages.core.app import EnvironmentName
from nuages.core.errors import NuagesError
from nuages.core.home import Home

_GIT = re.compile(r"(?:[a-z+]+://|[\w.-]+@[\w.-]+:).+|.+\.git")
# Errors that system packages help against.
_LACKING = ("build.E030", "build.E033")
_PROMISED = ("app", "environment", "release", "url", "start", "image", "seconds", "findings")


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
@click.option(
    "--install-packages",
    is_flag=True,
    help="Let the platform, where it is root's, install system packages that are missing: those "
    "that `nuages plan` lists, and what a package turns out to be compiled with.",
)
@home_option
@json_option
def deploy(  # noqa: PLR0913, PLR0917 the options of a command are its arguments
    path: str,
    name: str | None,
    root: str | None,
    put: tuple[str, ...],
    strict: bool,
    no_overlay: bool,
    install_packages: bool,
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
    wanted |= {"install_packages": True} if install_packages else {}
    client = reach_platform(home)
    try:
        ended = _deploy(client, source, wanted)
    except NuagesError as error:
        if as_json or error.code.code not in _LACKING or not _may_install(error):
            raise
        ended = _deploy(client, source, {**wanted, "install_packages": True})
    if as_json:
        write_json({key: ended.get(key) for key in _PROMISED})
        return
    count = len(ended.get("findings") or [])
    if count:
        what = "1 finding" if count == 1 else f"{count} findings"
        say(f"  {what}; how to mend them: nuages check {shlex.quote(path)}")
    start = ended.get("start")
    if start and start != f"{ended['url']}/":
        say(f"  There is nothing at /: the site begins at {start}")
    write(str(ended["url"]))


def _deploy(client: Client, source: Path, wanted: dict[str, Any]) -> dict[str, Any]:
    """Ask for the deployment of a folder or zip, and see it through."""
    if source.is_dir():
        place = {"folder": str(source)}
    else:
        place = {"upload": client.upload(source), "origin": str(source)}
    return see_through(client, client.deploy({**wanted, **place}))


def _may_install(error: NuagesError) -> bool:
    """Whether whoever sits at the terminal lets the platform install what the error names."""
    can = os.geteuid() == 0 and shutil.which("apt-get") is not None
    if not (can and is_terminal(sys.stdin) and is_terminal(sys.stderr)):
        return False
    if "--install-packages" not in error.hint:
        return False
    say(f"{error.message}.")
    say(error.hint.partition("\n")[0])
    return click.confirm("Install them with apt now, and deploy again?", err=True)


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
