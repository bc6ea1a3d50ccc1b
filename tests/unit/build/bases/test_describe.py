"""What is known of a root."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from nuages.build.bases.describe import describe_root, libc_version
from nuages.core.base import BasePython
from nuages.system.command import Command, Completed
from nuages.system.sandbox_host import SandboxHost

HOST = SandboxHost("bwrap", root=False)


@dataclass
class Pythons:
    """Answers as sandboxed Pythons do; those that are not named hang or fail."""

    versions: dict[str, str]
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def run(self, command: Command) -> Completed:
        self.asked.append(command.argv)
        program = command.argv[command.argv.index("--") + 1]
        if program not in self.versions:
            raise TimeoutError
        version = self.versions[program]
        return Completed(0, f"{version}\n", "") if version else Completed(1, "", "no ssl")


def make_root(root: Path, *pythons: str) -> Path:
    (root / "usr/bin").mkdir(parents=True)
    (root / "bin").symlink_to("usr/bin")
    for python in pythons:
        (root / python).parent.mkdir(parents=True, exist_ok=True)
        (root / python).write_bytes(b"")
    return root


def test_the_newest_python_that_works_is_the_base_s(tmp_path: Path) -> None:
    root = make_root(tmp_path, "usr/bin/python3.9", "usr/bin/python3.12", "usr/bin/python3.13")
    (root / "usr/bin/python3").symlink_to("python3.12")
    runner = Pythons({"/usr/bin/python3.12": "3.12.3", "/usr/bin/python3.13": ""})
    base = describe_root("debian@12", root, runner, HOST)
    assert base.python == BasePython("/usr/bin/python3.12", "3.12.3")
    assert base.python.minor == "3.12"
    assert (base.name, base.root, base.packages) == ("debian@12", root, ())


def test_one_that_somebody_installed_goes_first(tmp_path: Path) -> None:
    root = make_root(tmp_path, "usr/bin/python3.12", "usr/local/bin/python3.12")
    runner = Pythons({"/usr/local/bin/python3.12": "3.12.8", "/usr/bin/python3.12": "3.12.3"})
    assert describe_root("x/y", root, runner, HOST).python == BasePython(
        "/usr/local/bin/python3.12", "3.12.8"
    )


def test_a_python_that_hangs_is_none(tmp_path: Path) -> None:
    root = make_root(tmp_path, "usr/bin/python3.12")
    assert describe_root("x/y", root, Pythons({}), HOST).python is None


def test_nothing_is_run_without_a_sandbox(tmp_path: Path) -> None:
    runner = Pythons({})
    root = make_root(tmp_path, "usr/bin/python3.12")
    assert describe_root("x/y", root, runner, None).python is None
    assert runner.asked == []


def test_the_c_library_says_its_version(tmp_path: Path) -> None:
    (tmp_path / "lib64").mkdir()
    text = b"\0GNU C Library (Distribution) stable release version 2.39.\0"
    (tmp_path / "lib64/libc.so.6").write_bytes(text)
    assert libc_version(tmp_path, "x86_64-linux-gnu") == "2.39"
    assert libc_version(tmp_path / "lib64", "x86_64-linux-gnu") == ""
