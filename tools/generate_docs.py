"""Writes every generated page of docs/, or with --check says which differ from the code.

Each page has a generator `tools/generate_<what>_docs.py` that understands --check; this calls
them all, so a new one needs no registration.
"""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

TOOLS = Path(__file__).resolve().parent


def generators() -> list[str]:
    """Module names of the generators, in alphabetical order."""
    return [f"tools.{path.stem}" for path in sorted(TOOLS.glob("generate_*_docs.py"))]


def main(arguments: list[str]) -> int:
    """Run all generators with these arguments; 1 where one says that a page is out of date."""
    failed = False
    for module in generators():
        done = subprocess.run([sys.executable, "-m", module, *arguments], check=False)
        failed = failed or done.returncode != 0
    if failed and "--check" in arguments:
        print("Generated pages are out of date: run script/docs")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
