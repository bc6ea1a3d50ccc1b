"""export: a project becomes files for container engines."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from nuages.cli.commands.project import path_argument
from nuages.cli.errors import NO_SUCH_PATH
from nuages.cli.options import command, json_option, root_option
from nuages.cli.output import say, write, write_json
from nuages.core.errors import NuagesError

if TYPE_CHECKING:
    from nuages.pipeline.export import Exported


@command(
    "nuages export dockerfile ~/polls",
    "nuages export compose ~/polls --force",
)
@click.argument("what", metavar="dockerfile|compose", type=click.Choice(["dockerfile", "compose"]))
@path_argument
@click.option(
    "-o",
    "--output",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Write into this folder. Default: the project's.",
)
@root_option
@click.option("--force", is_flag=True, help="Overwrite files that differ.")
@json_option
def export(  # noqa: PLR0913, PLR0917 the options of a command are its arguments
    what: str, path: Path, output: Path | None, root: str | None, force: bool, as_json: bool
) -> None:
    """Write a Dockerfile or a docker-compose.yml.

    `dockerfile` builds the image that `nuages build` makes, for those who have to use one, with a
    .dockerignore. `compose` has services for development in that image, with .env-local for their
    variables. The project is read, and nothing of it is run.
    """
    from nuages.pipeline.export import (  # noqa: PLC0415 imports the inspection
        ExportRequest,
        export_compose,
        export_dockerfile,
    )

    if not path.exists():
        raise NuagesError(NO_SUCH_PATH, f"There is nothing at {path}")
    flow = export_dockerfile if what == "dockerfile" else export_compose
    exported = flow(ExportRequest(path, output, root, force))
    if as_json:
        write_json({"folder": str(exported.folder), "written": list(exported.written)})
        return
    for line in _written(exported):
        write(line)
    for line in _next(what, exported):
        say(line)


def _written(exported: Exported) -> list[str]:
    # The runtime has many files, of which one is as good as another.
    plain = [path for path in exported.written if "/" not in path]
    below = sorted({f"{path.partition('/')[0]}/" for path in exported.written if "/" in path})
    return [
        str(exported.folder / path) + ("/" if path.endswith("/") else "") for path in plain + below
    ]


def _next(what: str, exported: Exported) -> list[str]:
    if not exported.written:
        return ["Nothing changed: all of it is there already"]
    if what == "dockerfile":
        place = "" if exported.beside else "Put these beside the project's code. "
        return [f"{place}DOCKER_BUILDKIT=1 docker build -t {exported.name} {exported.folder}"]
    return [
        "Keep .env-local out of version control: a line of .gitignore",
        f"The image comes from: nuages build {exported.folder} --load",
    ]
