"""build: a project becomes an OCI image; no platform has to run."""

from __future__ import annotations

import fcntl
import os
import re
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from nuages.cli.commands.project import path_argument
from nuages.cli.errors import NO_SUCH_PATH
from nuages.cli.home import choose_home
from nuages.cli.options import command, home_option, json_option, root_option, strict_option
from nuages.cli.output import say, write, write_json
from nuages.cli.preparation import check_home
from nuages.core.config import FILE as CONFIG_FILE
from nuages.core.errors import NuagesError
from nuages.core.home import Home

if TYPE_CHECKING:
    from nuages.build.registry.reference import Reference
    from nuages.core.image import Image
    from nuages.core.oci import OciImage
    from nuages.core.source import Source
    from nuages.pipeline.built import BuiltProject, ProjectBuild


# What engines take for the name of an image, with a tag or without.
_TAG = re.compile(r"[a-z0-9]+(?:(?:[._-]+|[:/])[a-z0-9]+)*?(:[A-Za-z0-9_][A-Za-z0-9_.-]{0,127})?")


def _checked_tag(_context: click.Context, _option: click.Parameter, text: str | None) -> str | None:
    """The name with a tag. Raises where no engine would take it."""
    if text is None:
        return None
    found = _TAG.fullmatch(text)
    if found is None:
        raise click.BadParameter(f"'{text}' is no name of an image, such as polls:1.0")
    return text if found[1] else f"{text}:latest"


@dataclass(frozen=True, slots=True)
class Places:
    """Where an image goes besides the store, and what it is called there."""

    name: str
    output: Path | None = None
    load: bool = False
    push: Reference | None = None

    def __bool__(self) -> bool:
        return bool(self.output or self.load or self.push)


@command(
    "nuages build",
    "nuages build ~/polls -o polls.tar",
    "nuages build ~/polls --load",
    "nuages build ~/polls --push registry.example.org/team/polls:1.0",
)
@path_argument
@click.option(
    "-o",
    "--output",
    metavar="PLACE",
    type=click.Path(path_type=Path),
    help="Write the image: to a FILE.tar for `docker load`, `podman load` and skopeo, else to a"
    " folder in the OCI image layout.",
)
@click.option(
    "--push",
    metavar="REFERENCE",
    help="Send it to a registry: registry.example.org/team/polls:1.0.",
)
@click.option("--load", is_flag=True, help="Load it into Docker, or podman, on this machine.")
@click.option(
    "--base",
    metavar="BASE",
    default="",
    help="What it lies on: bare (the default), debian@12, debian@13, ubuntu@22.04, ubuntu@24.04, or"
    " an image of a registry.",
)
@click.option(
    "--tag",
    metavar="NAME:TAG",
    callback=_checked_tag,
    help="What it is called in a file and in an engine. Default: FOLDER:latest.",
)
@root_option
@strict_option
@click.option("--no-overlay", is_flag=True, help="Leave the project's settings alone.")
@home_option
@json_option
def build(  # noqa: PLR0913, PLR0917 the options of a command are its arguments
    path: Path,
    output: Path | None,
    push: str | None,
    load: bool,
    base: str,
    tag: str | None,
    root: str | None,
    strict: bool,
    no_overlay: bool,
    home: Path | None,
    as_json: bool,
) -> None:
    """Make an OCI image of a project, without Docker.

    It is kept in the store; the last line printed is its digest. The same source gives the same
    digest, also on another machine.
    """
    # The stores' code, which a help page does without.
    from nuages.build.retention import clean_store, store_in_use  # noqa: PLC0415
    from nuages.pipeline.built import ProjectBuild, find_built  # noqa: PLC0415

    began = time.monotonic()
    chosen = choose_home(home).home
    check_home(chosen)
    reference = _reference(push) if push else None
    with store_in_use(chosen):
        source = _take(path, chosen)
        if _builds_own(source, root, Places(tag or "", output, load, reference), as_json=as_json):
            return
        request = ProjectBuild(source, root, strict, overlay=not no_overlay, base=base)
        built = find_built(request, chosen) or _build(request, chosen)
        _say_what(built, time.monotonic() - began)
        places = Places(tag or f"{source.name}:latest", output, load, reference)
        _hand_over(built.image, chosen, places)
    if not built.unchanged and not chosen.database.exists():
        # No platform does it.
        clean_store(chosen, ())
    seconds = time.monotonic() - began
    if as_json:
        write_json(_document(built, places, seconds))
        return
    write(built.image.digest)


def _builds_own(source: Source, root: str | None, places: Places, *, as_json: bool) -> bool:
    """Whether the project has a Dockerfile of its own used; then it has been."""
    if not any(file.path.endswith(CONFIG_FILE) for file in source.files):
        return False
    from nuages.build.own.dockerfile import own_dockerfile  # noqa: PLC0415 seldom wanted

    own = own_dockerfile(source, root)
    if own is None:
        return False
    from nuages.cli.commands.image.own import build_with_engine, own_document  # noqa: PLC0415

    name, push = places.name or f"{source.name}:latest", places.push is not None
    image = build_with_engine(own, source, name, places.output, push=push)
    if as_json:
        write_json(own_document(image, places.output))
    else:
        write(image.id)
    return True


def _reference(text: str) -> Reference:
    """Read before anything is built. Raises build.E040 and E041."""
    from nuages.build.registry.reference import Reference  # noqa: PLC0415 as above

    return Reference.parse(text)


def _take(path: Path, home: Home) -> Source:
    from nuages.source.take import take_source  # noqa: PLC0415 as above

    if not path.exists():
        raise NuagesError(NO_SUCH_PATH, f"There is nothing at {path}")
    folder, archive = (path, None) if path.is_dir() else (None, path)
    return take_source(folder, archive, home.sources)


def _build(request: ProjectBuild, home: Home) -> BuiltProject:
    """Build with an agent of this home's; one that was started for it alone is ended again."""
    from nuages.cli.progress import Progress  # noqa: PLC0415 as above
    from nuages.engines.local.client import is_running  # noqa: PLC0415
    from nuages.pipeline.standalone import build_project  # noqa: PLC0415
    from nuages.wiring import make_parts  # noqa: PLC0415

    progress = Progress()
    lock = os.open(home.run / "build.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_SH)
        # One without a platform is ours too: a build that was killed has left it.
        ours = not is_running(home) or not home.database.exists()
        try:
            parts = make_parts(home)
            return build_project(request, parts, lambda event: progress.show(asdict(event)))
        finally:
            progress.close()
            if ours:
                _end_agent(home, lock)
    finally:
        os.close(lock)


def _end_agent(home: Home, lock: int) -> None:
    """End an agent that nobody else has any use for: no build, no platform, no app."""
    from nuages.engines.local.client import is_running, list_services, shutdown  # noqa: PLC0415

    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return
    if is_running(home) and not list_services(home):
        shutdown(home, apps=False)


def _hand_over(image: Image, home: Home, places: Places) -> None:
    """To where the options say; each is said when it is done."""
    if not places:
        return
    from nuages.pipeline.handover import Handover  # noqa: PLC0415 as above

    handover = Handover(_oci(image), places.name, home)
    if places.output is not None:
        handover.write(places.output)
        say(f"  written to {places.output}")
    if places.load:
        from nuages.system.command import LocalRunner  # noqa: PLC0415 as above

        say(f"  loaded into {handover.load(LocalRunner())} as {places.name}")
    if places.push is not None:
        from nuages.cli.commands.image.transfer import TransferProgress  # noqa: PLC0415 as above
        from nuages.pipeline.ground import ground_components  # noqa: PLC0415
        from nuages.pipeline.layers import bill_of_materials  # noqa: PLC0415

        materials = bill_of_materials(image, ground_components(image, home))
        progress = TransferProgress(f"pushing to {places.push.registry}")
        try:
            handover.push(places.push, materials, progress.show)
        finally:
            progress.close()
        say(f"  pushed as {places.push}")


def _oci(image: Image) -> OciImage:
    if image.oci is None:
        raise TypeError("an image that a build has just made or found has one")
    return image.oci


def _document(built: BuiltProject, places: Places, seconds: float) -> dict[str, Any]:
    from nuages.assist.documents import finding_documents  # noqa: PLC0415 imports all rules

    image = _oci(built.image)
    return {
        "image": image.digest,
        "name": places.name,
        "output": str(places.output) if places.output else None,
        "loaded": places.load,
        "pushed": str(places.push) if places.push else None,
        "unchanged": built.unchanged,
        "size": image.size,
        "layers": [
            {"holds": each.holds, "digest": each.content.digest, "size": each.content.size}
            for each in image.layers
        ],
        "seconds": round(seconds, 3),
        "findings": finding_documents(built.findings),
    }


def _say_what(built: BuiltProject, seconds: float) -> None:
    image = _oci(built.image)
    if built.unchanged:
        say(f"Nothing changed: the image is there already ({seconds:.2f} s)")
        return
    for layer in image.layers:
        say(f"  {layer.content.size / 1e6:7.1f} MB  {layer.holds}")
    say(f"  {image.size / 1e6:7.1f} MB in all, compressed, after {seconds:.1f} s")
