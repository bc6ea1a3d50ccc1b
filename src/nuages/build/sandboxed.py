"""Run one build step inside a sandbox: what a source distribution does while it is compiled
touches the folders it is given and nothing else."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from nuages.system.command import Command, Completed, Runner
from nuages.system.sandbox import Mount, MountKind, SandboxSpec, base_mounts, bubblewrap_argv
from nuages.system.sandbox_host import require_sandbox, top_links, top_mounts

# One below the proxy's; see the engine's table of users. Only builds run under it.
BUILDER_UID = 1_899_999_999
# Name resolution for package downloads.
_NETWORK_FILES = ("/etc/resolv.conf", "/etc/hosts")


@dataclass(frozen=True, slots=True)
class BuildSandbox:
    """Runs commands of a build under bubblewrap, as a user of their own where we are root."""

    runner: Runner

    def __call__(
        self, command: Command, writable: tuple[Path, ...], readable: tuple[Path, ...]
    ) -> Completed:
        """Run `command` seeing only these folders; `writable` ones belong to it meanwhile.

        Raises system.E001 where the machine allows no sandbox.
        """
        host = require_sandbox(self.runner)
        tool = Path(command.argv[0]).resolve()
        spec = SandboxSpec(
            mounts=(
                *top_mounts(),
                *base_mounts(top_links()),
                *(Mount(MountKind.TRY_READ, path, path) for path in _NETWORK_FILES),
                *(Mount(MountKind.READ, str(path), str(path)) for path in (tool, *readable)),
                *(Mount(MountKind.WRITE, str(path), str(path)) for path in writable),
            ),
            root=host.root,
            own_network=False,
            cwd=str(command.cwd or "/"),
        )
        inner = (*_drop(), *command.argv) if host.root else command.argv
        env = {**(command.env or {}), "HOME": "/home/app", "TMPDIR": "/tmp"}  # noqa: S108 its own
        argv = bubblewrap_argv(host.program, spec, inner)
        with _owned(writable, BUILDER_UID if host.root else None):
            return self.runner.run(Command(argv, env=env, timeout=command.timeout))


def _drop() -> tuple[str, ...]:
    return (
        "setpriv", f"--reuid={BUILDER_UID}", f"--regid={BUILDER_UID}", "--clear-groups",
        "--no-new-privs", "--bounding-set=-all", "--inh-caps=-all",
    )  # fmt: skip


@contextmanager
def _owned(folders: tuple[Path, ...], uid: int | None) -> Iterator[None]:
    """The folders belong to `uid` while inside, and to us again afterwards."""
    if uid is None:
        yield
        return
    try:
        for folder in folders:
            _give(folder, uid)
        yield
    finally:
        for folder in folders:
            _give(folder, os.geteuid())


def _give(folder: Path, uid: int) -> None:
    os.chown(folder, uid, uid, follow_symlinks=False)
    for parent, folders, names in os.walk(folder):
        for name in (*folders, *names):
            os.chown(f"{parent}/{name}", uid, uid, follow_symlinks=False)
