"""Looks at the tree itself: no addresses of package registries, only anchored ignore patterns.

An address of a registry binds whoever installs to it, behind whatever mirror they are; a bare
`build/` among the ignored would drop `src/nuages/build` from git and from the wheel.
"""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
# In parts, so that this file passes its own check.
REGISTRIES = [
    ".".join(parts)
    for parts in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("registry", "npmjs", "org"),
        ("deb", "debian", "org"),
        ("archive", "ubuntu", "com"),
        ("registry-1", "docker", "io"),
    )
]
# Names that git and Python make anywhere, and that no package of ours could have.
ANYWHERE = {
    "__pycache__/",
    "*.pyc",
    ".mypy_cache/",
    ".ruff_cache/",
    ".pytest_cache/",
    ".import_linter_cache/",
    ".hypothesis/",
}


def check_registries(path: str, text: str) -> Iterator[str]:
    """Lines that name the host of a registry."""
    for number, line in enumerate(text.splitlines(), 1):
        for host in REGISTRIES:
            if re.search(rf"(?<![\w-]){re.escape(host)}\b", line):
                yield f"{path}:{number}: names the registry host {host}"


def check_ignore(text: str) -> Iterator[str]:
    """Patterns of .gitignore that match in every folder."""
    for line in text.splitlines():
        pattern = line.strip()
        if pattern and not pattern.startswith(("#", "/", "!/")) and pattern not in ANYWHERE:
            yield f".gitignore: '{pattern}' matches in every folder; write '/{pattern}'"


def tracked(root: Path) -> list[str]:
    """Files that git keeps or would keep, as POSIX paths."""
    listed = subprocess.run(
        ["git", "-C", str(root), "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        capture_output=True,
        check=True,
    )
    return [name for name in listed.stdout.decode().split("\0") if name]


def main() -> int:
    """Print what is wrong; 1 where something is."""
    lines = list(check_ignore((ROOT / ".gitignore").read_text()))
    for name in tracked(ROOT):
        path = ROOT / name
        if path.is_file() and not path.is_symlink():
            lines += check_registries(name, path.read_bytes().decode(errors="ignore"))
    for line in lines:
        print(line)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
