"""The runtime's copy: whole, readable by everybody, compiled once for each Python."""

from __future__ import annotations

import sys
from pathlib import Path

from nuages.build.bytecode import cache_tag
from nuages.build.pythons import Interpreter
from nuages.build.runtime import ensure_bytecode, ensure_runtime
from nuages.core.home import Home
from nuages.system.command import LocalRunner, RecordingRunner

VERSION = ".".join(map(str, sys.version_info[:3]))
PYTHON = Interpreter(Path(sys.executable).resolve(), VERSION, Path(sys.base_prefix))


def test_the_runtime_is_copied_once_for_everybody_to_read(home: Home) -> None:
    runtime = ensure_runtime(home)
    assert (runtime / "nuages_runtime/launch.py").stat().st_mode & 0o777 == 0o644
    (runtime / "mark").touch()
    assert (ensure_runtime(home) / "mark").exists()
    assert [entry.name for entry in home.runtimes.iterdir()] == [runtime.name]


def test_it_is_compiled_by_the_interpreter_of_the_host_and_once(home: Home) -> None:
    runtime = ensure_runtime(home)
    ensure_bytecode(runtime, PYTHON, LocalRunner())
    name = f"nuages_runtime/__pycache__/launch.{cache_tag(PYTHON.version)}.pyc"
    assert (runtime / name).is_file()
    again = RecordingRunner()
    ensure_bytecode(runtime, PYTHON, again)
    assert not again.commands
