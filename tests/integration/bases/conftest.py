"""One real base of Debian for all tests: made once for this machine, in the cache that homes
share, because it takes a minute and the network."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from nuages.build.bases.ensure import BaseMeans, ensure_base
from nuages.build.bases.names import parse_base
from nuages.core.base import Base
from nuages.core.home import Home
from nuages.system.command import Command, Completed, LocalRunner
from nuages.system.sandbox import Mount, MountKind, SandboxSpec, bubblewrap_argv
from nuages.system.sandbox_host import require_sandbox, root_mounts

Run = Callable[..., Completed]


@pytest.fixture(scope="session")
def means() -> BaseMeans:
    runner = LocalRunner()
    return BaseMeans(runner, require_sandbox(runner))


@pytest.fixture(scope="session")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    return Home(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="session")
def debian(home: Home, means: BaseMeans) -> Base:
    return ensure_base(parse_base("debian@12"), home, means)


@pytest.fixture
def run(means: BaseMeans) -> Run:
    """Run a program in a sandbox that shows nothing but a root, and a folder of an interpreter
    that is outside of it."""

    def start(root: Path, *argv: str, python: Path | None = None) -> Completed:
        assert means.host is not None
        mounts = root_mounts(root)
        if python is not None:
            mounts = (*mounts, Mount(MountKind.READ, str(python), str(python)))
        spec = SandboxSpec(mounts, means.host.root, nested=means.host.nested)
        vector = bubblewrap_argv(means.host.program, spec, argv)
        return means.runner.run(Command(vector, env={"LC_ALL": "C.UTF-8"}, timeout=60))

    return start
