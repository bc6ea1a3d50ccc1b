"""Runs the checks of the house, all of them even where one fails, with a line for each.

A check is an argument vector that ends with 0 where all is well. Run by script/check.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
PYTHON = sys.executable

CHECKS: dict[str, list[str]] = {
    "lint": [str(BIN / "ruff"), "check", "--quiet"],
    "format": [str(BIN / "ruff"), "format", "--check", "--quiet"],
    "imports": [str(BIN / "lint-imports"), "--no-logo"],
    "sizes": [PYTHON, "-m", "tools.check_sizes"],
    "calls": [PYTHON, "-m", "tools.check_calls"],
    "tree": [PYTHON, "-m", "tools.check_tree"],
    "syntax": [PYTHON, "-m", "tools.check_syntax"],
    "docs": [PYTHON, "-m", "tools.generate_docs", "--check"],
    "types": [str(BIN / "mypy")],
}


def main(names: list[str]) -> int:
    """Run the named checks, or all; 1 where one failed, 2 for a name that there is not."""
    if unknown := [name for name in names if name not in CHECKS]:
        print(f"No check '{unknown[0]}'. There are: {', '.join(CHECKS)}", file=sys.stderr)
        return 2
    failed = [name for name in names or CHECKS if not run(name)]
    return 1 if failed else 0


def run(name: str) -> bool:
    """Run one check; its output is shown only where it failed."""
    began = time.monotonic()
    done = subprocess.run(
        CHECKS[name],
        cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT), "NO_COLOR": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    word = "ok    " if done.returncode == 0 else "FAILED"
    if done.returncode:
        print(done.stdout.rstrip())
    print(f"{word} check {name} ({time.monotonic() - began:.1f} s)", flush=True)
    return done.returncode == 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
