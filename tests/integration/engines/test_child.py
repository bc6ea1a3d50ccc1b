"""A program in a sandbox whose starter is killed at the worst moment."""

from __future__ import annotations

import os
import select
import subprocess
import sys

from nuages.agent.child import Child
from nuages.agent.loop import Loop
from nuages.system.processes import Identity, start_time

STARTER = """
import os, signal, sys
from nuages.agent.child import Child
from nuages.agent.loop import Loop
from nuages.system.command import LocalRunner
from nuages.system.sandbox_host import find_bubblewrap
from nuages.system.spawn import Spawn

alive = int(sys.argv[1])
null = os.open(os.devnull, os.O_RDWR)
document, ours = os.pipe()
bubblewrap = find_bubblewrap(LocalRunner())
mounts = ("--ro-bind", "/", "/", "--proc", "/proc")
# What a launcher does: without a document it ends.
program = (sys.executable, "-c", "import os; os.read(3, 1)")
argv = (bubblewrap, "--unshare-user", "--unshare-pid", *mounts, "--", *program)
what = Spawn(argv, {}, {0: null, 1: null, 2: null, 3: document, 7: alive})
Child.start(Loop(), what, lambda code: None, lambda pid: None)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_nothing_is_left_of_a_start_whose_agent_was_killed() -> None:
    ended, alive = os.pipe()
    argv = [sys.executable, "-c", STARTER, str(alive)]
    starter = subprocess.run(argv, pass_fds=[alive], check=False)
    os.close(alive)

    assert starter.returncode == -9
    # Everything that was started holds the other end.
    assert select.select([ended], [], [], 20)[0]
    assert os.read(ended, 1) == b""
    os.close(ended)


def test_a_program_without_a_session_of_its_own_yet_can_be_ended() -> None:
    process = subprocess.Popen(["sleep", "60"])
    child = Child(Loop(), Identity(process.pid, start_time(process.pid)), lambda _: None)
    child.kill()
    assert process.wait(10) == -9
