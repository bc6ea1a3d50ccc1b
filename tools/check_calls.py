"""Finds calls that start programs outside `nuages.system`, and shells anywhere.

import-linter sees modules (`subprocess`); this sees functions of `os` and `asyncio`.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# A shell is never right: arguments would be read as code.
SHELLS = {"os.system", "os.popen", "asyncio.create_subprocess_shell", "subprocess.getoutput"}
STARTERS = ("os.exec", "os.spawn", "os.posix_spawn", "asyncio.create_subprocess_exec", "pty.spawn")
# Where programs are started: the platform's own door, and what runs inside the user's app.
DOORS = ("src/nuages/system/", "src/nuages_runtime/", "tools/", "bench/")


def check_calls(path: str, text: str) -> Iterator[str]:
    """Lines for people, one for each call that is not allowed in this file."""
    for node in ast.walk(ast.parse(text, path)):
        if not isinstance(node, ast.Call):
            continue
        name = dotted(node.func)
        if name in SHELLS or has_shell(node):
            yield f"{path}:{node.lineno}: {name} with a shell; hand an argument vector to a Runner"
        elif name.startswith(STARTERS) and not path.startswith(DOORS):
            yield f"{path}:{node.lineno}: {name} outside nuages.system"


def dotted(node: ast.expr) -> str:
    """`os.path.join` for such an expression, empty for anything else."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def has_shell(node: ast.Call) -> bool:
    """Whether `shell=` is given as anything but False."""
    return any(
        keyword.arg == "shell"
        and not (isinstance(keyword.value, ast.Constant) and not keyword.value.value)
        for keyword in node.keywords
    )


def main() -> int:
    """Print what is wrong in the whole tree; 1 where something is."""
    lines = [
        line
        for folder in ("src", "tools", "bench", "tests")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for line in check_calls(path.relative_to(ROOT).as_posix(), path.read_text())
    ]
    for line in lines:
        print(line)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
