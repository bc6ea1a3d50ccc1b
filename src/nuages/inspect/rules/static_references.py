"""A rule about templates that name static files which are not there.

Only what is certain is said: where files are made by a build, found by other finders, linked or
left out, or may be brought by a package, nothing is.
"""

from __future__ import annotations

import ast
import posixpath
import re

from nuages.inspect.declared.code import STATIC_REFERENCE
from nuages.inspect.evidence import Evidence
from nuages.inspect.facts.static import static_folders
from nuages.inspect.tree import Tree

_TAG = re.compile(r"""\{%-?\s*static\s+(["'])([^"'{}%]+)\1""")
_COMMENT = re.compile(r"\{#.*?#\}|\{%\s*comment\b.*?%\}.*?\{%\s*endcomment\s*%\}", re.DOTALL)
_ASIDE = re.compile(r"(?:^|/)(?:tests?|docs|examples?|node_modules)/")
_COMPILED = (".scss", ".sass", ".less", ".styl", ".ts", ".tsx", ".jsx", ".coffee", ".vue")


def check_static_references(evidence: Evidence) -> None:
    """Say which templates name a file beside others that are there, and it is not."""
    tree, root = evidence.tree, evidence.root
    folders = _folders(evidence)
    if not folders:
        return
    prefix = "" if root == "." else f"{root}/"
    files = {
        path.removeprefix(f"{folder}/")
        for folder in folders
        for path in tree.paths
        if path.startswith(f"{folder}/")
    }
    beside = {posixpath.dirname(path) for path in files}
    for path in sorted(tree.paths):
        if not path.startswith(prefix) or not _is_template(path):
            continue
        text = _COMMENT.sub(lambda found: "\n" * found[0].count("\n"), tree.text(path))
        for found in _TAG.finditer(text):
            name = found[2].strip()
            folder, extension = posixpath.dirname(name), posixpath.splitext(name)[1]
            known = folder in beside and not name.startswith(("/", "admin/"))
            if known and extension and name not in files:
                line = text.count("\n", 0, found.start()) + 1
                message = f"Static files not found: {name} is in no static folder"
                evidence.remarks.say(STATIC_REFERENCE, message, path, line)


def _is_template(path: str) -> bool:
    return "templates/" in path and path.endswith(".html") and not _ASIDE.search(path)


def _folders(evidence: Evidence) -> list[str]:
    """The folders that hold all static files of the project; none where that is not certain."""
    tree = evidence.tree
    if not evidence.read.whole or "STATICFILES_FINDERS" in evidence.read.assigned:
        return []
    if tree.named("package.json") or tree.named("tailwind.config.js"):
        return []
    assigned = evidence.read.assigned.get("STATICFILES_DIRS")
    listed = static_folders(evidence.read)
    if assigned is not None:
        wanted = assigned.node.elts if isinstance(assigned.node, (ast.List, ast.Tuple)) else None
        if wanted is None or assigned.sometimes or len(wanted) != len(listed):
            return []
    folders = [*listed, *(each for each in tree.folders if f"/{each}".endswith("/static"))]
    if any(_is_uncertain(tree, folder) for folder in folders):
        return []
    return sorted(set(folders))


def _is_uncertain(tree: Tree, folder: str) -> bool:
    """Whether files may come into a folder that are not in the source."""
    for left in tree.source.left_out:
        if f"{left.path}/".startswith(f"{folder}/") or folder.startswith(f"{left.path}/"):
            return True
    below = (file for file in tree.source.files if file.path.startswith(f"{folder}/"))
    return any(file.link or file.path.endswith(_COMPILED) for file in below)
