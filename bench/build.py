"""How long an image takes from a change to the store, beside `docker build` of the Dockerfile that
Nuages itself exports, with BuildKit; how large it is; and what fifty deployments leave on the disk.

    .venv/bin/python bench/build.py [--deployments 50]        as root, with Docker and mmdebstrap

Both sides make a usable image: here its digest is in the store, there in the engine. The clock runs
over the whole command, its start included; each figure is the best of some runs, taken in turns.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import deflate

sys.path.insert(0, str(Path(__file__).parents[1]))

from tests.dockerd import Docker, running_docker
from tests.integration.build.bases import build, import_base
from tools.own_platform import Platform, remove_folder, short_folder

POLLS = Path(__file__).parents[1] / "examples" / "polls"
NUAGES = Path(sys.executable).with_name("nuages")
TIMES = 5
_LEVEL = 6


@dataclass(frozen=True, slots=True)
class Sides:
    """The same project for both: `project` is what Nuages builds, in `home`; `context` has the
    exported Dockerfile too, which `docker` builds on `base`."""

    project: Path
    home: Path
    context: Path
    docker: Docker
    base: str

    def nuages(self) -> None:
        run(self.home, "build", str(self.project))

    def dockerfile(self, *arguments: str) -> None:
        build(
            self.docker, self.context, "polls:rival", "--build-arg", f"BASE={self.base}", *arguments
        )

    def change(self, line: int) -> None:
        """The same line more, in a view, on both sides."""
        for folder in (self.project, self.context):
            with (folder / "polls" / "views.py").open("a") as stream:
                stream.write(f"# {line}\n")


def run(home: Path, *arguments: str) -> str:
    """`nuages ARGUMENTS` in a home."""
    env = {**os.environ, "NUAGES_HOME": str(home)}
    done = subprocess.run(
        [NUAGES, *arguments], env=env, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        sys.exit(done.stderr)
    return done.stdout


def prepare(folder: Path, docker: Docker) -> Sides:
    """Both sides, built once: caches of packages are warm."""
    project, context, home = folder / "polls", folder / "context", folder / "home"
    for place in (project, context):
        shutil.copytree(POLLS, place)
    run(home, "export", "dockerfile", str(context), "-o", str(context))
    sides = Sides(project, home, context, docker, import_base(docker, folder))
    sides.nuages()
    sides.dockerfile()
    return sides


def seconds(action: Callable[[], object]) -> float:
    begun = time.monotonic()
    action()
    return time.monotonic() - begun


def cold(sides: Sides) -> tuple[float, float]:
    """Nothing is known but packages that were downloaded before."""
    fresh = sides.home.with_name("fresh")
    shutil.copytree(sides.home / "cache" / "uv", fresh / "cache" / "uv", symlinks=True)
    (fresh / "images").mkdir()
    (fresh / "images" / ".lock").touch()
    ours = seconds(lambda: run(fresh, "build", str(sides.project)))
    remove_folder(fresh)
    return ours, seconds(lambda: sides.dockerfile("--no-cache"))


def changed(sides: Sides) -> tuple[float, float]:
    """One line of one view."""
    ours, theirs = [], []
    for turn in range(TIMES):
        sides.change(turn)
        ours.append(seconds(sides.nuages))
        theirs.append(seconds(sides.dockerfile))
    return min(ours), min(theirs)


def unchanged(sides: Sides) -> tuple[float, float]:
    """Nothing at all."""
    ours = min(seconds(sides.nuages) for _ in range(TIMES))
    return ours, min(seconds(sides.dockerfile) for _ in range(TIMES))


def sizes(sides: Sides, folder: Path) -> tuple[float, float]:
    """Megabytes, all layers compressed by the same compressor at the same level."""
    archive, unpacked = folder / "rival.tar", folder / "rival"
    sides.docker.run("save", "-o", str(archive), "polls:rival")
    unpacked.mkdir()
    subprocess.run(["tar", "-xf", archive, "-C", unpacked], check=True)
    layers = [path for path in unpacked.rglob("*.tar") if not path.is_symlink()]
    theirs = sum(len(deflate.gzip_compress(path.read_bytes(), _LEVEL)) for path in layers)
    said = run(sides.home, "build", str(sides.project), "--json")
    match = re.search(r'"size": (\d+)', said)
    return int(match[1]) / 1e6 if match else 0.0, theirs / 1e6


def deployments(count: int) -> None:
    """What is on the disk after so many deployments of a changed line."""
    folder = short_folder()
    platform = Platform.prepare(folder / "home")
    project = folder / "polls"
    shutil.copytree(POLLS, project)
    try:
        platform.start()
        platform.run("deploy", str(project))
        before = disk(platform.home)
        for turn in range(count):
            with (project / "polls" / "views.py").open("a") as stream:
                stream.write(f"# {turn}\n")
            platform.run("deploy", str(project))
        grown = disk(platform.home) - before
        rows = platform.read("images")
        own = sum(row["own"] for row in rows) / len(rows)
        print(
            f"\nafter {count} deployments of a changed line: {grown / 1e6:.1f} MB more on the disk,"
        )
        print(f"{len(rows)} images are kept, each with {own / 1e3:.0f} kB of layers of its own")
    finally:
        platform.stop()
        remove_folder(folder)


def disk(home: Path) -> int:
    """Bytes of everything in a home but logs and caches; a file with several names counts once."""
    said = subprocess.run(
        ["du", "-s", "-B1", "--exclude=logs", "--exclude=cache", home],
        capture_output=True,
        text=True,
        check=True,
    )
    return int(said.stdout.split()[0])


def main() -> None:
    """Measure, and print tables."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--deployments", type=int, default=0)
    wanted = parser.parse_args()
    folder = short_folder("nb-")
    try:
        with running_docker(folder) as docker:
            sides = prepare(folder, docker)
            print(f"{'':24}{'nuages build':>14}{'docker build':>14}{'ratio':>8}")
            for name, measure in (
                ("one line changed", changed),
                ("nothing changed", unchanged),
                ("cold, packages cached", cold),
            ):
                ours, theirs = measure(sides)
                print(f"{name:24}{ours:12.2f} s{theirs:12.2f} s{theirs / ours:8.1f}")
            ours, theirs = sizes(sides, folder)
            share = f"{100 * ours / theirs:6.0f} %"
            print(f"{'compressed size':24}{ours:11.1f} MB{theirs:11.1f} MB{share:>8}")
    finally:
        remove_folder(folder)
    if wanted.deployments:
        deployments(wanted.deployments)


if __name__ == "__main__":
    main()
