"""Files that the code writes beside itself, and a rule about those that are gone at the next
restart."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass
from pathlib import PurePosixPath

from nuages.core.facts import Folder
from nuages.inspect.declared.code import WRITES_BESIDE
from nuages.inspect.evaluate import APP, UnknownValueError, evaluate
from nuages.inspect.evidence import Evidence

# Worth parsing: it opens something by a path of the project's.
_OPENS = re.compile(
    rb"\bopen\([^\n]*(?:BASE_DIR|__file__)"
    rb"|(?:BASE_DIR|__file__)[^\n]*\bwrite_(?:text|bytes)\("
)
# What runs by hand, or once: not a part of the site.
_ASIDE = re.compile(
    r"(?:^|/)(?:tests?|docs?|examples?|scripts?|bin|tools|management|migrations|node_modules)/"
    r"|(?:^|/)(?:setup|manage|conftest|fabfile|tasks_dev|test_\w+)\.py$"
)
_WRITING = re.compile(r"[wax+]")
# The overlay has them elsewhere.
_MOVED = ("MEDIA_ROOT", "STATIC_ROOT")


@dataclass(frozen=True, slots=True)
class Written:
    """A file (POSIX, below the source) that the code in `file` writes at `line`."""

    path: str
    file: str
    line: int


def check_written_files(evidence: Evidence, written: list[Written], folders: list[Folder]) -> None:
    """Say what is written below the project's own folder, but in folders that are kept."""
    kept = [f"{folder.path}/" for folder in folders if folder.place]
    for each in written:
        if not each.path.startswith(tuple(kept)):
            message = f"{each.path} is written, beside the code"
            evidence.remarks.say(WRITES_BESIDE, message, each.file, each.line)


def find_written(evidence: Evidence) -> list[Written]:
    """Each file that a function opens for writing below the project's own folder."""
    tree = evidence.tree
    found = []
    prefix = "" if evidence.root == "." else f"{evidence.root}/"
    for path in sorted(tree.paths):
        if not path.endswith(".py") or not path.startswith(prefix) or _ASIDE.search(path):
            continue
        if path in evidence.read.files or not _OPENS.search(tree.read(path)):
            continue
        module = tree.parse(path)
        for function in ast.walk(module) if module else ():
            if isinstance(function, (ast.FunctionDef, ast.AsyncFunctionDef)):
                calls = (each for each in ast.walk(function) if isinstance(each, ast.Call))
                for node in calls:
                    written = _written(evidence, node, path)
                    if written:
                        found.append(Written(written, path, node.lineno))
    return found


def _written(evidence: Evidence, node: ast.Call, file: str) -> str:
    """What a call writes below the source; empty where it does not, or that is not certain."""
    where = _place(node)
    if where is None or any(name in ast.unparse(where) for name in _MOVED):
        return ""
    plain = _Settings().visit(ast.parse(ast.unparse(where), mode="eval"))
    try:
        value = evaluate(plain.body, file, evidence.read.expressions())
    except UnknownValueError:
        return ""
    if not isinstance(value, (str, PurePosixPath)) or not str(value).startswith(f"{APP}/"):
        return ""
    return str(value).removeprefix(f"{APP}/")


def _place(node: ast.Call) -> ast.expr | None:
    """The path that a call opens for writing; None where it does no such thing."""
    if isinstance(node.func, ast.Attribute) and node.func.attr in ("write_text", "write_bytes"):
        return node.func.value
    if not isinstance(node.func, ast.Name) or node.func.id != "open" or not node.args:
        return None
    named = (each.value for each in node.keywords if each.arg == "mode")
    mode = node.args[1] if len(node.args) > 1 else next(named, None)
    writes = isinstance(mode, ast.Constant) and _WRITING.search(str(mode.value))
    return node.args[0] if writes else None


class _Settings(ast.NodeTransformer):
    """`settings.BASE_DIR` becomes `BASE_DIR`."""

    def visit_Attribute(self, node: ast.Attribute) -> ast.expr:
        if isinstance(node.value, ast.Name) and node.value.id == "settings":
            return ast.Name(node.attr, ast.Load())
        self.generic_visit(node)
        return node
