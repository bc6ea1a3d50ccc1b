"""Whoever makes a base may be killed at any time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

MAKE = """
import sys
from pathlib import Path
from nuages.build.bases.ensure import BaseMeans, ensure_base
from nuages.build.bases.names import parse_base
from nuages.core.home import Home
from nuages.system.command import LocalRunner
ensure_base(parse_base("debian@12"), Home(Path(sys.argv[1])), BaseMeans(LocalRunner(), None))
"""


def test_a_kill_leaves_no_process_no_mount_and_no_base(tmp_path: Path) -> None:
    environment = {
        **os.environ,
        "TMPDIR": str(tmp_path),
        "NUAGES_BASES": str(tmp_path / "bases"),
        "PYTHONPATH": os.pathsep.join(sys.path),
    }
    argv = [sys.executable, "-c", MAKE, str(tmp_path / "home")]
    with subprocess.Popen(argv, env=environment) as process:
        # Its packages are being unpacked, and /proc is mounted for their scripts.
        wait(lambda: any(tmp_path.glob("nuages-base-*/mmdebstrap.*/usr/bin/dpkg")) or gone(process))
        assert process.poll() is None
        process.send_signal(signal.SIGKILL)
    wait(lambda: not working(tmp_path))
    assert str(tmp_path) not in Path("/proc/self/mounts").read_text()
    assert not list((tmp_path / "bases").glob("[0-9a-f]*"))
    assert not (tmp_path / "home").exists()


def working(folder: Path) -> list[int]:
    """The processes that have the folder in their arguments."""
    found = []
    for path in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            if os.fsencode(folder) in path.read_bytes():
                found.append(int(path.parent.name))
        except OSError:
            continue
    return found


def gone(process: subprocess.Popen[bytes]) -> bool:
    return process.poll() is not None


def wait(happened: Callable[[], bool], limit: float = 180.0) -> None:
    end = time.monotonic() + limit
    while not happened():
        assert time.monotonic() < end
        time.sleep(0.1)
