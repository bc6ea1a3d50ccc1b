"""Tests of the streams that keep values of variables out of log files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

RUNTIME = Path(__file__).parents[3] / "src"
SECRET = "K/4-a-long-value+="
PROGRAM = """
import sys
from nuages_runtime.streams import guard
guard()
import base64, logging, os, urllib.parse
told = os.environ["TOLD"]
print("printed", told, urllib.parse.quote(told), base64.b64encode(told.encode()).decode())
logging.warning("logged %s", told)
assert sys.stdout.write("four") == 4
raise ValueError("raised " + told)
"""


@pytest.fixture
def printed() -> str:
    """What the program printed in surroundings that are logged."""
    return run({"NUAGES_LOGGED": "1"})


def run(more: dict[str, str]) -> str:
    done = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        env={**os.environ, "PYTHONPATH": str(RUNTIME), "TOLD": SECRET, **more},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    return done.stdout


def test_a_value_is_taken_out_of_what_is_printed_logged_and_raised(printed: str) -> None:
    assert SECRET not in printed
    assert "printed [redacted] [redacted] [redacted]" in printed
    assert "logged [redacted]" in printed
    assert "ValueError: raised [redacted]" in printed
    assert "four" in printed


def test_what_is_not_logged_is_printed_as_it_is() -> None:
    assert f"ValueError: raised {SECRET}" in run({})
