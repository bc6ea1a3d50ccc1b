"""What starting the program costs: the modules it imports, and those it must not."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

# What `nuages apps` and `nuages --version` may import of other people's packages, and of ours.
PACKAGES = {"click"}
OURS = {
    "nuages",
    "nuages.cli",
    "nuages.cli.commands",
    "nuages.cli.commands.apps",
    "nuages.cli.deployment",
    "nuages.cli.errors",
    "nuages.cli.home",
    "nuages.cli.main",
    "nuages.cli.options",
    "nuages.cli.output",
    "nuages.cli.problems",
    "nuages.cli.progress",
    "nuages.cli.streams",
    "nuages.cli.tree",
    "nuages.client",
    "nuages.client.client",
    "nuages.client.connection",
    "nuages.client.errors",
    "nuages.client.follow",
    "nuages.core",
    "nuages.core.diagnosis",
    "nuages.core.errors",
    "nuages.core.home",
}
PROGRAM = """
import json, sys
from nuages.cli.main import run
run(sys.argv[1:])
print(json.dumps(sorted(sys.modules)))
"""


def imported(home: Path, *arguments: str) -> set[str]:
    """The modules in memory after a command, in a fresh Python."""
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, *arguments],
        env={"NUAGES_HOME": str(home)},
        capture_output=True,
        text=True,
        check=True,
    )
    return set(json.loads(done.stdout.splitlines()[-1]))


@pytest.mark.parametrize("argument", ["apps", "--version"])
def test_a_command_imports_nothing_that_it_does_not_need(tmp_path: Path, argument: str) -> None:
    modules = imported(tmp_path, argument)
    foreign = {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names)
    foreign = {name for name in foreign if not name.startswith("_")}

    assert {name for name in modules if name.partition(".")[0] == "nuages"} <= OURS
    # What an editable installation brings along is not ours.
    assert foreign - {"nuages", "sitecustomize", "usercustomize"} <= PACKAGES


@pytest.mark.parametrize("package", ["httpx", "django", "pydantic", "ninja", "rich", "typer"])
def test_heavy_packages_stay_out(tmp_path: Path, package: str) -> None:
    assert package not in {name.partition(".")[0] for name in imported(tmp_path, "apps")}
