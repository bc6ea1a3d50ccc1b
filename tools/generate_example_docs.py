"""Writes the files of examples/prepared to where `nuages spec` finds them, installed or not."""

from __future__ import annotations

import json
import subprocess
import sys

from tools.pages import ROOT, run

EXAMPLE = "examples/prepared"
PAGE = "src/nuages/assist/example.json"
# About the example, and no part of the project.
ABOUT = {"README.md", "test.json"}
# What is empty comes last, in one line.
FIRST = ("requirements.txt", "manage.py")


def make_page() -> str:
    """Path to content: what is installed and run first, then by path."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "."],
        cwd=ROOT / EXAMPLE,
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    contents = {path: (ROOT / EXAMPLE / path).read_text() for path in set(listed) - ABOUT}
    ordered = sorted(contents, key=lambda path: (not contents[path], path not in FIRST, path))
    return json.dumps({path: contents[path] for path in ordered}, indent=2) + "\n"


if __name__ == "__main__":
    sys.exit(run({PAGE: make_page()}, sys.argv[1:]))
