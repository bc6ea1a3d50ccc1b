"""spec, mcp: what an AI assistant is given, to read and to use."""

from __future__ import annotations

import dataclasses
import os
import sys
from pathlib import Path

import click

from nuages.cli.commands.deploy import reach_platform
from nuages.cli.commands.explain import look_up
from nuages.cli.options import command, connect, home_option
from nuages.cli.output import say, write, write_json
from nuages.core.errors import NuagesError


@command("nuages spec", "nuages spec --schema > deploy.schema.json")
@click.option(
    "--format",
    "form",
    type=click.Choice(("markdown", "json")),
    default="markdown",
    show_default=True,
    help="A page to paste into an AI assistant, or the same facts as data.",
)
@click.option("--schema", is_flag=True, help="Only the JSON Schema of deploy.toml.")
def spec(form: str, schema: bool) -> None:
    """Print the specification that makes a project deployable."""
    if schema:
        from nuages.assist.schema import deploy_schema  # noqa: PLC0415 reads all declarations

        write_json(deploy_schema())
        return
    from nuages.assist.specification import read_specification  # noqa: PLC0415

    specification = read_specification()
    if form == "json":
        write_json(specification.to_json())
        return
    from nuages.assist.page import render_page  # noqa: PLC0415

    write(render_page(specification).rstrip("\n"))


@command("nuages mcp", "nuages mcp --root ~/projects")
@click.option(
    "--root",
    "folder",
    metavar="DIR",
    type=click.Path(path_type=Path, exists=True, file_okay=False),
    default=Path(),
    help="The folder whose projects may be named. Default: the current one.",
)
@home_option
def mcp(folder: Path, home: Path | None) -> None:
    """Serve an AI assistant's tools.

    It speaks the Model Context Protocol on standard input and output until the input ends.
    """
    from nuages.assist.errors import NO_SDK, SDK  # noqa: PLC0415

    try:
        from nuages.assist.folder import Folder  # noqa: PLC0415
        from nuages.assist.server import serve  # noqa: PLC0415 an extra, and slow
        from nuages.assist.tools import Doors  # noqa: PLC0415
    except ModuleNotFoundError as error:
        if str(error.name).partition(".")[0] not in ("mcp", "mcp_types", "anyio"):
            raise
        python = sys.executable
        hint = f"Install it: {python} -m uv pip install --python {python} '{SDK}'"
        message = f"'{error.name}' is not installed beside Nuages"
        raise NuagesError(NO_SDK, message, hint=hint) from None
    if sys.stdin.isatty():
        say("An assistant starts this program and talks to it; see docs/how-to/assistants.md.")
    doors = Doors(
        Folder(Path(os.path.abspath(folder))),  # noqa: PTH100 keeps links
        connect=lambda: connect(home),
        reach=lambda: reach_platform(home),
        explain=lambda code: dataclasses.asdict(look_up(code)),
    )
    serve(doors)
