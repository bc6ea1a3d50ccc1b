"""Which processes a demo counts as its own, and ends: never somebody else's."""

from __future__ import annotations

from pathlib import Path

import pytest

from tools.own_platform import works_on

HOME = Path("/srv/nuages")


@pytest.mark.parametrize(
    "words",
    [
        ["/x/.venv/bin/python", "-m", "nuages.agent", "/srv/nuages", "6"],
        ["/usr/bin/python3", "/x/.venv/bin/nuages", "up", "--home", "/srv/nuages"],
        ["/x/_bin/bwrap", "--ro-bind", "/srv/nuages/proxy", "/p", "--", "/caddy", "run"],
        ["/usr/bin/caddy", "run", "--config", "/srv/nuages/run/proxy.json"],
        ["/srv/nuages/environments/abc/bin/python", "-m", "gunicorn"],
    ],
    ids=["agent", "command", "sandbox", "proxy", "app"],
)
def test_what_a_platform_runs_on_its_home_is_its_own(words: list[str]) -> None:
    assert works_on(HOME, words, [])


def test_a_command_may_know_its_home_from_its_environment() -> None:
    words = ["/usr/bin/python3", "/x/.venv/bin/nuages", "logs", "polls", "-f"]

    assert works_on(HOME, words, ["NUAGES_HOME=/srv/nuages"])
    assert not works_on(HOME, words, ["NUAGES_HOME=/srv/nuages2"])


@pytest.mark.parametrize(
    "words",
    [
        ["vim", "/srv/nuages/platform.json"],
        ["tail", "-f", "/srv/nuages", "/srv/nuages/logs/platform/agent.log"],
        ["bash"],
        ["python3", "report.py", "/srv/nuages"],
        ["python3", "-m"],
        ["/usr/bin/python3", "-m", "nuages.agent", "/srv/nuages-two"],
        ["/usr/bin/python3", "-m", "nuages.agent", "/mnt/srv/nuages"],
        [""],
        [],
    ],
    ids=["editor", "log", "shell", "script", "no module", "longer", "deeper", "kernel", "gone"],
)
def test_what_others_run_is_left_alone(words: list[str]) -> None:
    assert not works_on(HOME, words, ["NUAGES_HOME=/srv/nuages2"])


def test_a_shell_with_the_home_in_its_environment_is_left_alone() -> None:
    assert not works_on(HOME, ["bash"], ["NUAGES_HOME=/srv/nuages"])
