"""The commands and options that tests outside of this repository rely on."""

from __future__ import annotations

import click
import pytest

from nuages.cli.tree import COMMANDS, load_command
from tests.unit.cli.conftest import Nuages

# command -> its arguments, and its options
CONTRACT: dict[str, tuple[list[str], list[str]]] = {
    "up": ([], ["--home", "--http-port", "--detach"]),
    "down": ([], ["--home", "--apps"]),
    "status": ([], ["--json"]),
    "check": (["[PATH]"], ["--strict", "--root", "--build", "--set", "--format", "--json"]),
    "fix": (["[PATH]", "[CODE]..."], ["--dry-run", "--strict", "--root", "--json"]),
    "plan": (["[PATH]"], ["--root", "--json"]),
    "pack": (["[PATH]"], ["-o", "--root", "--json"]),
    "build": (["[PATH]"], ["-o", "--push", "--load", "--tag", "--root", "--strict", "--json"]),
    "export": (["dockerfile|compose", "[PATH]"], ["-o", "--root", "--force", "--json"]),
    "images": ([], ["--prune", "--home", "--json"]),
    "deploy": (["[PATH]"], ["--app", "--root", "--set", "--strict", "--no-overlay", "--json"]),
    "apps": ([], ["--json"]),
    "info": (["APP"], ["--json"]),
    "destroy": (["APP"], ["--confirm", "--json"]),
    "releases": (["APP"], ["--json"]),
    "rollback": (["APP", "[vN]"], ["--with-config", "--json"]),
    "migrations": (["APP"], ["--json"]),
    "config": (["APP", "[get|set|unset]", "[K[=V]]..."], ["--json"]),
    "settings": (["APP"], ["--json"]),
    "logs": (["APP"], ["-f", "-n", "--process", "--json"]),
    "events": (["APP"], ["--json"]),
    "run": (["APP", "-- COMMAND..."], []),
    "shell": (["APP", "[-- COMMAND...]"], []),
    "ps": (["APP"], ["--json"]),
    "metrics": (["APP"], ["--json"]),
    "scale": (["APP", "TYPE=N..."], ["--json"]),
    "restart": (["APP"], ["--json"]),
    "domains": (["APP", "[add|remove]", "[DOMAIN]"], ["--json"]),
    "explain": (["CODE"], ["--json"]),
    "spec": ([], ["--format", "--schema"]),
    "mcp": ([], ["--root", "--home"]),
}
LOCAL = {"build", "check", "export", "images", "plan", "fix", "pack", "explain", "spec"}


def test_the_tree_has_the_commands_of_the_contract_and_no_others() -> None:
    assert set(COMMANDS) == set(CONTRACT)


@pytest.mark.parametrize("name", CONTRACT)
def test_a_command_has_the_arguments_of_the_contract(name: str) -> None:
    parameters = load_command(name).params

    arguments = [each.metavar for each in parameters if isinstance(each, click.Argument)]

    assert arguments == CONTRACT[name][0]


@pytest.mark.parametrize("name", CONTRACT)
def test_a_command_has_the_options_of_the_contract(name: str) -> None:
    options = {option for parameter in load_command(name).params for option in parameter.opts}

    assert set(CONTRACT[name][1]) <= options


@pytest.mark.parametrize("name", sorted(set(CONTRACT) - LOCAL))
def test_a_command_that_talks_to_a_platform_can_be_told_which(name: str) -> None:
    assert "--home" in {option for each in load_command(name).params for option in each.opts}


@pytest.mark.parametrize("name", CONTRACT)
def test_every_command_has_a_help_with_an_example(name: str) -> None:
    command = load_command(name)

    assert command.help
    assert f"nuages {name}" in str(command.epilog)


@pytest.mark.parametrize("name", CONTRACT)
def test_every_option_has_a_help(name: str) -> None:
    for parameter in load_command(name).params:
        if isinstance(parameter, click.Option):
            assert parameter.help, parameter.name


def test_every_command_fits_on_its_line_of_the_help(nuages: Nuages) -> None:
    lines = nuages("--help").out.splitlines()[1:]

    assert [line for line in lines if line.endswith("...")] == []
