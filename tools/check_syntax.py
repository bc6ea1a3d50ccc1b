"""Checks that `nuages_runtime` can be read by Python 3.6: users' projects are that old.

The newest grammar is told to accept only what 3.6 knew, and where a Python 3.6 to 3.8 is
installed, it compiles the files as well.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tools.pythons import find_python

ROOT = Path(__file__).resolve().parent.parent
RUNTIME = ROOT / "src" / "nuages_runtime"
OLDEST = (3, 6)
# Compiles the files named on the command line without writing anything.
COMPILE = "import sys\nfor name in sys.argv[1:]:\n    compile(open(name).read(), name, 'exec')"


def check_grammar(path: str, text: str) -> Iterator[str]:
    """What Python 3.6 does not know, as far as the grammar says."""
    try:
        tree = ast.parse(text, path, feature_version=OLDEST)
    except SyntaxError as error:
        yield f"{path}:{error.lineno}: {error.msg} (Python 3.6)"
        return
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module == "__future__":
            for name in node.names:
                if name.name == "annotations":
                    yield f"{path}:{node.lineno}: annotations from __future__ (Python 3.7)"
        if isinstance(node, ast.Import | ast.ImportFrom):
            names = (
                [node.module] if isinstance(node, ast.ImportFrom) else [a.name for a in node.names]
            )
            for module in names:
                if (module or "").split(".")[0] in {"dataclasses", "nuages", "tomllib", "zoneinfo"}:
                    yield f"{path}:{node.lineno}: imports {module}, which is not there"


def old_pythons() -> list[Path]:
    """Interpreters from 3.6 to 3.8 on this machine, one of each."""
    found = (find_python(version) for version in ("3.6", "3.7", "3.8"))
    return [python for python in found if python is not None]


def main() -> int:
    """Print what is wrong; 1 where something is."""
    files = sorted(RUNTIME.rglob("*.py"))
    lines = [
        line
        for path in files
        for line in check_grammar(path.relative_to(ROOT).as_posix(), path.read_text())
    ]
    for python in old_pythons():
        done = subprocess.run(
            [str(python), "-I", "-c", COMPILE, *map(str, files)],
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            lines.append(f"{python}: {done.stderr.strip()}")
    for line in lines:
        print(line)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
