"""What `nuages build` does where a project has it use a Dockerfile of its own."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from nuages.cli.output import say
from nuages.core.errors import NuagesError

if TYPE_CHECKING:
    from nuages.build.own.dockerfile import EngineImage, OwnDockerfile
    from nuages.core.source import Source


def build_with_engine(
    own: OwnDockerfile, source: Source, name: str, output: Path | None, *, push: bool
) -> EngineImage:
    """Build it, and write it where it is wanted; what there is to say is said. Raises build.E095 to
    E099."""
    from nuages.build.export.errors import NOT_HANDED_OVER  # noqa: PLC0415 seldom wanted
    from nuages.build.own.dockerfile import build_own, find_engine, save_own  # noqa: PLC0415
    from nuages.system.command import LocalRunner  # noqa: PLC0415

    if push or (output is not None and output.suffix != ".tar"):
        wanted = "a registry" if push else str(output)
        message = f"{own.path} is built by a container engine, which does not hand it to {wanted}"
        raise NuagesError(NOT_HANDED_OVER, message)
    runner = LocalRunner()
    say(f"Building {own.path} with {find_engine()}")
    image = build_own(own, source, name, runner)
    for remark in image.remarks:
        say(f"Warning: {remark}")
    say(f"  {image.size / 1e6:7.1f} MB in all; it is in {image.engine} as {name}")
    if output is not None:
        save_own(image, output, runner)
        say(f"  written to {output}")
    return image


def own_document(image: EngineImage, output: Path | None) -> dict[str, Any]:
    """What --json prints of it."""
    return {
        "image": image.id,
        "name": image.name,
        "engine": image.engine,
        "output": str(output) if output else None,
        "unchanged": False,
        "size": image.size,
        "remarks": list(image.remarks),
    }
