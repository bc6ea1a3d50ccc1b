"""The launcher, with real descriptors: what it starts is what the document says."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

import nuages_runtime

LAUNCH = Path(nuages_runtime.__path__[0]) / "launch.py"
AS_ROOT = pytest.mark.skipif(os.geteuid() != 0, reason="only root has privileges to give up")


def launch(document: object) -> subprocess.CompletedProcess[str]:
    """Start the launcher with `document` on a descriptor of its own."""
    read, write = os.pipe()
    text = document if isinstance(document, str) else json.dumps(document)
    os.write(write, text.encode())
    os.close(write)
    try:
        return subprocess.run(
            [sys.executable, "-I", "-S", LAUNCH, str(read)],
            pass_fds=(read,), env={}, capture_output=True, text=True, timeout=20, check=False,
        )  # fmt: skip
    finally:
        os.close(read)


def document(*argv: str, **more: object) -> dict[str, object]:
    return {"argv": list(argv), "env": {}, "cwd": "/", "uid": None, "gid": None, **more}


def test_program_environment_and_folder_are_those_of_the_document() -> None:
    done = launch(document("/bin/sh", "-c", "pwd; env", env={"A": "ä\n😀"}, cwd="/usr"))
    assert done.stdout.startswith("/usr\n")
    assert "A=ä\n😀\n" in done.stdout


def test_a_program_without_a_path_is_looked_for_in_the_documents_path() -> None:
    assert launch(document("true", env={"PATH": "/nowhere:/usr/bin:/bin"})).returncode == 0


def test_its_own_descriptor_is_closed() -> None:
    assert launch(document("/bin/ls", "/proc/self/fd")).stdout.split() == ["0", "1", "2", "3"]


def test_signals_that_python_ignores_are_not_ignored_by_the_program() -> None:
    status = launch(document("/bin/cat", "/proc/self/status")).stdout
    ignored = next(line for line in status.splitlines() if line.startswith("SigIgn"))
    assert int(ignored.split()[1], 16) == 0


@AS_ROOT
def test_every_privilege_is_given_up() -> None:
    done = launch(document("/bin/cat", "/proc/self/status", uid=54321, gid=54322))
    fields = dict(line.split(":\t", 1) for line in done.stdout.splitlines() if ":\t" in line)
    assert fields["Uid"].split() == ["54321"] * 4
    assert fields["Gid"].split() == ["54322"] * 4
    assert fields["Groups"].split() == []
    assert [fields[f"Cap{kind}"] for kind in ("Inh", "Prm", "Eff", "Bnd", "Amb")] == ["0" * 16] * 5
    assert fields["NoNewPrivs"] == "1"


def test_a_missing_program_is_127_and_one_line() -> None:
    done = launch(document("/no/such/program"))
    assert done.returncode == 127
    assert done.stderr == "nuages: cannot start /no/such/program: No such file or directory\n"


def test_a_program_that_may_not_be_run_is_126() -> None:
    done = launch(document("/etc/passwd"))
    assert (done.returncode, done.stderr.count("\n")) == (126, 1)


@pytest.mark.parametrize("text", ["", "{", "[]", '{"argv": []}', '{"argv": ["true"]} x', "\x00"])
def test_a_document_that_is_none_is_126_and_one_line(text: str) -> None:
    done = launch(text)
    assert (done.returncode, done.stderr.count("\n")) == (126, 1)


def test_folders_are_made_where_they_lead_to(tmp_path) -> None:
    (tmp_path / "app").mkdir()
    (tmp_path / "app" / "data").symlink_to(tmp_path / "volume" / "data")
    folders = [str(tmp_path / "app" / name) for name in ("data", "data/deep", "logs")]

    done = launch(document("/bin/true", folders=folders))

    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "volume" / "data" / "deep").is_dir()
    assert (tmp_path / "app" / "logs").is_dir()


def test_a_folder_that_cannot_be_made_is_told_and_stops_nothing(tmp_path) -> None:
    (tmp_path / "data").write_text("")

    done = launch(document("/bin/echo", "started", folders=[str(tmp_path / "data" / "a")]))

    assert done.stdout == "started\n"
    assert done.stderr.startswith(f"nuages: no folder {tmp_path}/data/a: ")
