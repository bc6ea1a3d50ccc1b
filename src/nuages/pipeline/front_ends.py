"""The front ends of a source are built, each command a one-off in the sandbox of an app to be;
what they make is kept by the digest of what it is made from."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from nuages.build.errors import FRONT_END_FAILED
from nuages.build.frontend.inputs import build_environment, build_key, public_variables
from nuages.build.frontend.node import Node, ensure_node
from nuages.build.frontend.plan import (
    FrontEndStep,
    describe_build,
    plan_front_end,
    remedy_for,
)
from nuages.build.frontend.results import (
    FrontEndFiles,
    copy_source,
    load_results,
    publish_results,
    take_results,
)
from nuages.core.engine import OneOff, Shown
from nuages.core.errors import NuagesError
from nuages.core.event import Step
from nuages.core.facts import Facts, FrontEnd
from nuages.core.image import Blueprint, Image, Placed, ProbeReport
from nuages.core.node import choose_node
from nuages.core.secret import Secret
from nuages.core.source import Source
from nuages.pipeline.compile import BUILD, LIMITS
from nuages.pipeline.exchange import exchange_folder
from nuages.pipeline.printed import Printed
from nuages.pipeline.steps import Steps
from nuages.pipeline.values import Parts
from nuages.system.files import remove_tree

# A script that does not end is most likely one that watches files.
_SECONDS = 900.0
# As much of what a failed command printed as is shown.
_SHOWN = 4000
# Of one that may fail, as many lines.
_LINES = 10


@dataclass(frozen=True, slots=True)
class Beside:
    """What the sandbox of a build has besides the source: the packages, the interpreter's folder,
    the runtime, and the root file system (None: this machine's)."""

    venv: Path
    python: Placed | None
    runtime: Path
    root: Path | None = None


@dataclass(frozen=True, slots=True)
class _Work:
    """Builds under way, in a `tree` of their own; `exchange` is kept from one command to the
    next."""

    parts: Parts
    steps: Steps
    beside: Beside
    tree: Path
    exchange: Path
    public: Mapping[str, str]


def build_front_ends(
    source: Source,
    facts: Facts,
    config: Mapping[str, str],
    beside: Beside,
    around: tuple[Parts, Steps],
) -> FrontEndFiles | None:
    """What the front ends that are needed make of `source`; None where none is. `config` are the
    plain config vars.

    One whose files no page needs to come up may fail: that is said. Raises build.E020 for any
    other, build.E021.
    """
    parts, steps = around
    wanted = [each.value for each in facts.front_ends if each.value.need != "nothing"]
    if not wanted:
        return None
    public = public_variables(config)
    key = build_key(source, wanted, [choose_node(one.node.value)[0] for one in wanted], public)
    found = load_results(parts.home, key)
    if found is not None:
        return found
    folder = parts.home.images / f".{secrets.token_hex(8)}.tmp"
    folder.mkdir(parents=True)
    try:
        with exchange_folder(parts.home) as exchange:
            work = _Work(parts, steps, beside, folder / "app", exchange, public)
            stamps = copy_source(source, work.tree)
            # Each is tried, also after one that failed and may.
            failed = [each for each in wanted if not _build(each, work)]
            built = take_results(work.tree, stamps, wanted, folder / "made")
        # What failed may succeed the next time.
        kept = f"{key}.{secrets.token_hex(4)}" if failed else key
        return publish_results(parts.home, kept, built)
    finally:
        remove_tree(folder)


def _build(front_end: FrontEnd, work: _Work) -> bool:
    """Build one in the tree; whether that went well, where it may fail."""
    where = "" if front_end.folder == "." else f" in {front_end.folder}"
    try:
        node = ensure_node(choose_node(front_end.node.value)[0], work.parts.home, work.parts.runner)
        if node.remark:
            work.steps.say(node.remark, Step.BUILD)
        work.steps.say(f"Building the front end{where}: {describe_build(front_end)}", Step.BUILD)
        for step in plan_front_end(front_end):
            _perform(step, node, work)
    except NuagesError as error:
        if front_end.need == "pages" or error.code is not FRONT_END_FAILED:
            raise
        for line in error.details.strip().splitlines()[-_LINES:]:
            work.steps.say(f"  {line}", Step.BUILD)
        message = f"The front end{where} was not built, so some static files are missing"
        work.steps.say(f"{message}: {error.message}", Step.BUILD)
        return False
    return True


def _perform(step: FrontEndStep, node: Node, work: _Work) -> None:
    """Run a command, again with each remedy that its output asks for. Raises build.E020."""
    while True:
        code, output = _run(step, node, work)
        if code == 0:
            return
        remedy = remedy_for(step, output)
        if remedy is None:
            break
        work.steps.say(remedy.words, Step.BUILD)
        step = remedy.applied(step)
    said = " ".join(step.argv)
    message = (
        f"`{said}` took longer than {_SECONDS:g} s"
        if code == 124
        else (f"`{said}` in {step.folder} ended with code {code}")
    )
    if step.optional:
        work.steps.say(f"{message}; the build goes on", Step.BUILD)
        return
    raise NuagesError(FRONT_END_FAILED, message, details=output[-_SHOWN:])


def _run(step: FrontEndStep, node: Node, work: _Work) -> tuple[int, str]:
    cache = work.parts.home.cache / "npm"
    shown = [] if node.folder.is_relative_to("/usr") else [Shown(node.folder)]
    if step.shared_cache:
        cache.mkdir(parents=True, exist_ok=True)
        cache.chmod(0o777)
        shown.append(Shown(cache, writable=True))
    place = cache if step.shared_cache else Path("/run/nuages/npm")
    env = {**build_environment(node.programs, place, work.public), **step.env}
    one_off = OneOff(
        environment=BUILD,
        image=_image(step.folder, work),
        argv=step.argv,
        env={name: Secret(value) for name, value in env.items()},
        purpose="front-end",
        limits=LIMITS,
        exchange=work.exchange,
        volume=False,
        timeout=_SECONDS,
        shown=tuple(shown),
        own_tree=True,
    )
    printed = Printed()
    return work.parts.engine.run_once(one_off, printed), printed.text


def _image(folder: str, work: _Work) -> Image:
    return Image(
        digest="",
        app=work.tree,
        venv=work.beside.venv,
        runtime=work.beside.runtime,
        static=None,
        static_digest="",
        python=work.beside.python,
        python_version="",
        project=folder,
        report=ProbeReport("", "", ""),
        blueprint=Blueprint("", "wsgi", "", ()),
        base=work.beside.root,
    )
