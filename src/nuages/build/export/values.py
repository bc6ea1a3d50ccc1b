"""What exported files are rendered from; decided by `pipeline.export`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nuages.core.facts import Dependencies, FrontEnd


@dataclass(frozen=True, slots=True)
class Packages:
    """What is installed: the project's `dependencies`, and `extra` lines of a requirements file;
    `member` is the name of a project in the workspace of its uv.lock (empty: of none); `library`
    are arguments to try in turn for what the source itself builds. `files` are texts that the
    installation reads, by their names below .nuages/packages."""

    dependencies: Dependencies
    extra: tuple[str, ...]
    arguments: tuple[str, ...] = ()
    files: Mapping[str, str] | None = None
    member: str = ""
    library: tuple[tuple[str, ...], ...] = ((),)


@dataclass(frozen=True, slots=True)
class BuiltFrontEnd:
    """A front end, and the series of its Node.js; `files` (POSIX, below the source) are what
    installing its packages reads, where it reads no more than that (else none);
    `reads_python` is on where Python files take part in building it."""

    front_end: FrontEnd
    node: str
    files: tuple[str, ...] = ()
    reads_python: bool = False


@dataclass(frozen=True, slots=True)
class Docker:
    """An image as a Dockerfile makes it.

    `python` is a version such as `3.12`, `uv` the release of uv that installs; `system` are
    packages of Debian in the image, `compiling` those that only building takes; `front_ends` are
    built. `variables` hold in every container; `folder` is the project's, absolute.
    """

    name: str
    python: str
    uv: str
    packages: Packages
    system: tuple[str, ...]
    compiling: tuple[str, ...]
    front_ends: tuple[BuiltFrontEnd, ...]
    variables: Mapping[str, str]
    folder: str
    command: tuple[str, ...]
    port: int
    user: tuple[int, int]


@dataclass(frozen=True, slots=True)
class Compose:
    """Services on a laptop: `image` is what they are of, built from a Dockerfile beside it where
    `builds`; `source` is the code's folder as the file names it. `serve` is the command of the
    development server at `port`, `processes` the other process types. `engine` is `sqlite`,
    `postgres`, `postgis` or `mysql`; `brokers` are among `redis` and `rabbitmq`."""

    image: str
    builds: bool
    source: str
    serve: tuple[str, ...]
    port: int
    processes: tuple[str, ...]
    engine: str
    brokers: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Line:
    """A variable of .env-local, and a remark above it (empty: none)."""

    name: str
    value: str
    remark: str = ""
