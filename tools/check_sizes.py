"""Holds the sizes of ARCHITECTURE.md: files, functions, arguments, packages, module names.

Each exception stands in ALLOWED with its reason; an exception that is no longer needed fails too.
"""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
FILE_LINES = 500
FUNCTION_LINES = 70
ARGUMENTS = 5
PACKAGE_MODULES = 15
FORBIDDEN_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "misc"}
CODE = ("src", "tools", "bench")
TESTS = ("tests",)

# "<rule> <path>[::<function>]", with wildcards -> why this is right here.
ALLOWED: Mapping[str, str] = {
    "package src/nuages/core": "one noun a file, values only; two packages would split the words",
    "package src/nuages/pipeline": "one flow a file, with the steps that they share",
    "package src/nuages/control/api": "one router a noun, with what they share",
    "arguments src/nuages/cli/*": "the options of a command are its function's arguments",
}


@dataclass(frozen=True, slots=True)
class Excess:
    """Something too large or badly named: the rule, the place, and what was found."""

    rule: str
    place: str
    found: str

    @property
    def key(self) -> str:
        return f"{self.rule} {self.place}"


def check_file(path: str, text: str, *, test: bool = False) -> Iterator[Excess]:
    """What is too large in one file; of a test file only its length is looked at."""
    lines = text.count("\n")
    if lines > FILE_LINES:
        yield Excess("file", path, f"{lines} lines, at most {FILE_LINES}")
    name = Path(path).stem
    if name in FORBIDDEN_NAMES:
        yield Excess("name", path, f"'{name}' says nothing; name what it turns into what")
    if test:
        return
    for node in ast.walk(ast.parse(text, path)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from check_function(path, node)


def check_function(path: str, node: ast.FunctionDef | ast.AsyncFunctionDef) -> Iterator[Excess]:
    """Lines and arguments of one function; `self`, `cls` and a lone star are not counted."""
    place = f"{path}::{node.name}"
    lines = (node.end_lineno or node.lineno) - node.lineno + 1
    if lines > FUNCTION_LINES:
        yield Excess("function", place, f"{lines} lines, at most {FUNCTION_LINES}")
    names = [argument.arg for argument in node.args.posonlyargs + node.args.args]
    if names[:1] in (["self"], ["cls"]):
        del names[0]
    count = len(names) + len(node.args.kwonlyargs)
    if count > ARGUMENTS:
        yield Excess("arguments", place, f"{count} arguments, at most {ARGUMENTS}: make a value")


def check_packages(paths: Iterable[str]) -> Iterator[Excess]:
    """Packages with too many modules and packages with a forbidden name."""
    modules: dict[str, int] = {}
    for path in paths:
        folder, name = str(Path(path).parent), Path(path).name
        if name not in ("__init__.py", "__main__.py") and not folder.endswith("/migrations"):
            modules[folder] = modules.get(folder, 0) + 1
    for folder, count in sorted(modules.items()):
        if count > PACKAGE_MODULES:
            yield Excess("package", folder, f"{count} modules, at most {PACKAGE_MODULES}")
        if Path(folder).name in FORBIDDEN_NAMES:
            yield Excess("name", folder, "this name says nothing")


def judge(found: Iterable[Excess], allowed: Mapping[str, str]) -> list[str]:
    """What is not allowed, and what is allowed without need, as lines for people."""
    lines, used = [], set()
    for excess in found:
        patterns = [pattern for pattern in allowed if fnmatch(excess.key, pattern)]
        used.update(patterns)
        if not patterns:
            lines.append(f"{excess.place}: {excess.found} ({excess.rule})")
    lines += [f"ALLOWED: '{key}' is not needed any more" for key in allowed if key not in used]
    return lines


def find(root: Path) -> Iterator[Excess]:
    """Everything in the tree that is too large."""
    source = []
    for folder in (*CODE, *TESTS):
        for path in sorted((root / folder).rglob("*.py")):
            name = path.relative_to(root).as_posix()
            if folder in CODE and "/migrations/" not in name:
                source.append(name)
            if "/migrations/" not in name:
                yield from check_file(name, path.read_text(), test=folder in TESTS)
    yield from check_packages(name for name in source if name.startswith("src/"))


def main() -> int:
    """Print what is wrong; 1 where something is."""
    lines = judge(find(ROOT), ALLOWED)
    for line in lines:
        print(line)
    return 1 if lines else 0


if __name__ == "__main__":
    sys.exit(main())
