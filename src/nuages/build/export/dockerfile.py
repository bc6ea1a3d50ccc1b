"""A Dockerfile that makes the image which `nuages build` makes, for who has to use one. Pure.

Stages and layers stand in the order of how often each changes: after a change of the code alone,
only it is copied, compiled and its static files are collected again.
"""

from __future__ import annotations

import json
from collections.abc import Iterator

from nuages.build.export.front_ends import front_end_lines
from nuages.build.export.packages import install_lines
from nuages.build.export.text import PREPARE, copy, environment, quoted, run
from nuages.build.export.values import Docker
from nuages.core.exported import FOLDER, MARK

DOCUMENT = "/nuages/image.json"
_APT = (
    "type=cache,target=/var/cache/apt,sharing=locked",
    "type=cache,target=/var/lib/apt,sharing=locked",
)
_PIP = "type=cache,target=/root/.cache/pip"
# Names of packages with the libraries that what was compiled loads.
_LIBRARIES = "/nuages/libraries.txt"
# Where the interpreter is the distribution's own, its headers lie apart.
_HEADERS = "$(case $(command -v python3) in /usr/bin/*) echo python3-dev ;; esac)"


def render_dockerfile(docker: Docker) -> str:
    """The text of the file, for the folder that has `.nuages` in it."""
    parts = [_head(docker), *_base(docker), *_packages(docker)]
    if docker.front_ends:
        parts += ["# The front ends.", "\n".join(front_end_lines(docker.front_ends))]
    parts += [*_image(docker)]
    return "\n\n".join(parts) + "\n"


def _head(docker: Docker) -> str:
    return f"""\
{MARK} dockerfile: the image that `nuages build` makes, for those who use a Dockerfile.
# It needs BuildKit, which newer engines use by themselves:
#   DOCKER_BUILDKIT=1 docker build -t {docker.name} .
# Write it again after a change of packages, processes or settings' variables; the rest of what it
# takes lies in {FOLDER}/.

# Any image of Debian or Ubuntu that has Python {docker.python} with venv.
ARG BASE=python:{docker.python}-slim"""


def _base(docker: Docker) -> Iterator[str]:
    uid, gid = docker.user
    lines = ["FROM ${BASE} AS base"]
    if docker.system:
        lines.append(_apt(docker.system))
    account = [
        f"groupadd --non-unique --gid {gid} app",
        f"useradd --non-unique --uid {uid} --gid {gid} --create-home --home-dir /home/app"
        " --shell /usr/sbin/nologin app",
        f"install -d -o {uid} -g {gid} /data {' '.join(_folders(docker.folder))}",
    ]
    lines += [run(account), f"WORKDIR {docker.folder}"]
    yield "\n".join(lines)


def _packages(docker: Docker) -> Iterator[str]:
    lines = ["FROM base AS build"]
    if docker.compiling:
        lines.append(_apt((*docker.compiling, _HEADERS)))
    lines += [
        run(["python3 -m venv /uv", f"/uv/bin/pip install --quiet uv=={docker.uv}"], (_PIP,)),
        environment({"PATH": "/uv/bin:/usr/local/bin:/usr/bin:/bin", "UV_LINK_MODE": "copy"}),
        run(["uv venv --quiet --python python3 /venv"]),
        *install_lines(docker.packages),
        copy(f"{FOLDER}/nuages_runtime/", "/nuages/nuages_runtime/"),
        run([f"{PREPARE} packages"]),
    ]
    yield "# The packages, with their bytecode.\n" + "\n".join(lines)


def _image(docker: Docker) -> Iterator[str]:
    uid, gid = docker.user
    lines = ["FROM base"]
    built = copy("/app", "/app", owner=f"{uid}:{gid}", stage="assets")
    if docker.compiling:
        listed = f"type=bind,from=build,source={_LIBRARIES},target=/tmp/libraries"
        lines.append(_apt(("$(cat /tmp/libraries)",), listed))
    lines += [
        copy("/nuages", "/nuages", stage="build"),
        copy("/venv", "/venv", stage="build"),
        copy(".", "/app", owner=f"{uid}:{gid}"),
        *([built] if docker.front_ends else []),
        "# Bytecode and static files.",
        run([f"{PREPARE} app"]),
        environment(docker.variables),
        f"LABEL org.opencontainers.image.title={quoted(docker.name)}",
        f"USER {uid}:{gid}",
        "VOLUME /data",
        f"EXPOSE {docker.port}",
        "HEALTHCHECK --interval=30s --timeout=30s --start-period=60s \\\n    CMD "
        + json.dumps([*docker.command[:-1], "health"]),
        f"CMD {json.dumps(docker.command)}",
    ]
    yield "# What runs.\n" + "\n".join(lines)


def _folders(folder: str) -> list[str]:
    """The folder and those above it, from /app on."""
    parts = folder.split("/")
    return ["/".join(parts[:count]) for count in range(2, len(parts) + 1)]


def _apt(packages: tuple[str, ...], *mounts: str) -> str:
    install = "apt-get install --quiet --yes --no-install-recommends"
    # Without that file apt keeps what it has fetched, for the next build.
    steps = [
        "rm -f /etc/apt/apt.conf.d/docker-clean",
        "apt-get update --quiet",
        f"DEBIAN_FRONTEND=noninteractive {install} " + " ".join(packages),
    ]
    return run(steps, (*_APT, *mounts))
