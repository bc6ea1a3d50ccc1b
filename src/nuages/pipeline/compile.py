"""Where source distributions are compiled: a one-off in the sandbox of an app to be, with a
network of its own and nothing of the platform's in sight."""

from __future__ import annotations

import secrets
from collections.abc import Callable
from pathlib import Path

from nuages.build.install.means import InstallCommand, Sandboxed
from nuages.build.plan import BuildPlan
from nuages.build.tree import make_app_tree
from nuages.core.app import EnvironmentName
from nuages.core.engine import OneOff
from nuages.core.image import Image, ProbeReport
from nuages.core.process import Limits
from nuages.core.secret import Secret
from nuages.core.source import Source
from nuages.pipeline.printed import Printed
from nuages.pipeline.values import Parts
from nuages.system.files import remove_tree

# No app can have this name: names begin with a letter.
BUILD = EnvironmentName("0build")
# A compiler takes more than an app's instance is given.
LIMITS = Limits(memory=4 * 1024**3, cpu=4.0, pids=2048)
SECONDS = 1800.0


def compile_inside(
    parts: Parts, plan: BuildPlan, source: Source, runtime: Path, root: Callable[[], Path | None]
) -> Sandboxed:
    """What the package installer runs its second pass with, in the file system `root` (None: this
    machine's), which is asked for only then."""

    def run(command: InstallCommand) -> tuple[int, str]:
        # A tree of its own: the sandbox's user may write into its folders, over an overlay.
        tree = parts.home.images / f".{secrets.token_hex(8)}.tmp"
        image = Image(
            digest="",
            app=tree,
            venv=command.venv,
            runtime=runtime,
            static=None,
            static_digest="",
            python=command.python,
            python_version="",
            project=command.folder,
            report=ProbeReport("", "", plan.blueprint.settings),
            blueprint=plan.blueprint,
            base=root(),
        )
        one_off = OneOff(
            environment=BUILD,
            image=image,
            argv=command.argv,
            env={name: Secret(value) for name, value in command.env.items()},
            purpose="packages",
            limits=LIMITS,
            exchange=command.exchange,
            volume=False,
            timeout=SECONDS,
        )
        printed = Printed()
        try:
            make_app_tree(source, tree)
            code = parts.engine.run_once(one_off, printed)
        finally:
            remove_tree(tree)
        return code, printed.text

    return run
