"""A Dockerfile of the project's own becomes an image in a container engine of this machine: the
engine's commands, and what its answers say. The image is not ours, so it is looked at closely."""

from __future__ import annotations

import json
import os
import posixpath
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nuages.build.export.errors import (
    DOCKERFILE_FAILED,
    NO_DOCKERFILE,
    NO_ENGINE,
    NOT_HANDED_OVER,
)
from nuages.core.config import FILE, parse_deploy_toml
from nuages.core.errors import ErrorCode, NuagesError
from nuages.core.source import Source
from nuages.system.command import Command, Completed, Runner
from nuages_runtime.given.surroundings import PORT

ENGINES = ("docker", "podman")
# Of what a failed build printed, as much is shown.
_SHOWN = 4000
_NO_BUILDX = "buildx component is missing"


@dataclass(frozen=True, slots=True)
class OwnDockerfile:
    """A Dockerfile at `path` (POSIX, below the source), whose context is the folder `context`."""

    path: str
    context: str


@dataclass(frozen=True, slots=True)
class EngineImage:
    """An image in an engine: the engine's program, the image's id and name, its size in bytes,
    and what there is to say of it."""

    engine: str
    id: str
    name: str
    size: int
    remarks: tuple[str, ...]


def own_dockerfile(source: Source, root: str | None) -> OwnDockerfile | None:
    """The Dockerfile that the source's deploy.toml asks for; None where it asks for none. Raises
    core.E020 to E022, build.E096."""
    paths = {file.path for file in source.files}
    found = sorted(
        (path for path in paths if posixpath.basename(path) == FILE),
        key=lambda path: (path.count("/"), path),
    )
    folder = posixpath.normpath(root) if root else "."
    wanted = posixpath.normpath(posixpath.join(folder, FILE))
    place = wanted if wanted in paths else next(iter(found), "")
    if not place:
        return None
    text = (source.path / place).read_text("utf-8", errors="replace")
    named = parse_deploy_toml(text, place).dockerfile
    if not named:
        return None
    context = posixpath.dirname(place)
    path = posixpath.normpath(posixpath.join(context, named))
    if path not in paths:
        message = f"{place} names the Dockerfile {named}, and there is none"
        raise NuagesError(NO_DOCKERFILE, message)
    return OwnDockerfile(path, context)


def find_engine(missing: ErrorCode = NO_ENGINE) -> str:
    """The program of an engine on the PATH. Raises `missing` where there is none."""
    engine = next((name for name in ENGINES if shutil.which(name)), "")
    if not engine:
        raise NuagesError(missing, f"Neither {' nor '.join(ENGINES)} is on the PATH")
    return engine


def build_own(own: OwnDockerfile, source: Source, name: str, runner: Runner) -> EngineImage:
    """Have an engine build it, and call it `name`. Raises build.E095 and E097."""
    engine = find_engine()
    context = source.path / own.context
    argv = (engine, "build", "--file", str(source.path / own.path), "--tag", name, str(context))
    done = runner.run(Command(argv, env={**os.environ, "DOCKER_BUILDKIT": "1"}))
    if done.code != 0 and _NO_BUILDX in done.stderr:
        # Only the builder of before is there.
        done = runner.run(Command(argv, env={**os.environ, "DOCKER_BUILDKIT": "0"}))
    if done.code != 0:
        raise _failed(f"`{engine} build` of {own.path} ended with code {done.code}", done)
    asked = runner.run(Command((engine, "image", "inspect", name)))
    try:
        document = json.loads(asked.stdout)[0]
        return _image(engine, name, document)
    except (ValueError, LookupError, TypeError, AttributeError):
        raise _failed(f"`{engine} image inspect {name}` says nothing of the image", asked) from None


def save_own(image: EngineImage, target: Path, runner: Runner) -> None:
    """Write the image to a tar file, whole or not at all. Raises build.E097 and E099."""
    if target.suffix != ".tar":
        raise NuagesError(NOT_HANDED_OVER, f"{target} is no tar file")
    temporary = target.with_name(f".{target.name}.{os.getpid()}.tmp")
    argv = (image.engine, "save", "--output", str(temporary), image.name)
    try:
        done = runner.run(Command(argv))
        if done.code != 0:
            raise _failed(f"`{image.engine} save` ended with code {done.code}", done)
        temporary.replace(target)
    except OSError as error:
        message = f"{target} could not be written: {error.strerror}"
        raise NuagesError(NOT_HANDED_OVER, message) from None
    finally:
        temporary.unlink(missing_ok=True)


def _failed(message: str, done: Completed) -> NuagesError:
    printed = f"{done.stdout}\n{done.stderr}".strip()
    return NuagesError(DOCKERFILE_FAILED, message, details=printed[-_SHOWN:])


def _image(engine: str, name: str, document: Mapping[str, object]) -> EngineImage:
    config = document.get("Config")
    size = document.get("Size")
    return EngineImage(
        engine,
        str(document["Id"]),
        name,
        size if isinstance(size, int) else 0,
        tuple(remarks_on(config if isinstance(config, dict) else {})),
    )


def remarks_on(config: Mapping[str, object]) -> list[str]:
    """What may keep an image with this configuration from being run as others are."""
    remarks = []
    entry, command = config.get("Entrypoint"), config.get("Cmd")
    if entry:
        words = " ".join(map(str, entry)) if isinstance(entry, list) else str(entry)
        remarks.append(
            f"The image has an ENTRYPOINT ({words}), so other commands cannot be run in it as they "
            "are: use CMD"
        )
    exposed = config.get("ExposedPorts")
    ports = set(exposed) if isinstance(exposed, dict) else set()
    text = json.dumps([entry, command])
    if f"{PORT}/tcp" not in ports and "PORT" not in text and str(PORT) not in text:
        remarks.append(
            f"Nothing shows that the image listens on $PORT ({PORT}): bind to 0.0.0.0:$PORT, and "
            f"say EXPOSE {PORT}"
        )
    return remarks
