"""Which Node.js a front end asks for, in any of the places where projects say it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from nuages.core.facts import Fact
from nuages.core.node import DEFAULT_NODE, choose_node, node_request
from nuages.inspect.declared.frontend import NODE_UNAVAILABLE, ODD_NODE
from nuages.inspect.frontend.package import NAME, Package
from nuages.inspect.remarks import Remarks
from nuages.inspect.said import Said
from nuages.inspect.tree import Tree, join, parent


def find_node(tree: Tree, package: Package, said: Said, remarks: Remarks) -> Fact[str]:
    """A request such as `20` or `>=18 <23`; what cannot be understood is said."""
    for text, fact in _sources(tree, package, said):
        wanted = node_request(text)
        if wanted:
            return Fact(wanted, fact.reason, fact.origin, fact.file, fact.line)
        message = f"{fact.file} asks for Node.js '{text}', which is no version"
        remarks.say(ODD_NODE, message, fact.file, fact.line)
    reason = f"the front end does not say; {DEFAULT_NODE} is the default"
    return Fact(DEFAULT_NODE, reason, "default")


def say_unavailable(node: Fact[str], remarks: Remarks) -> None:
    """Say so where no Node.js fits."""
    chosen, fits = choose_node(node.value)
    if not fits:
        message = f"Node.js {node.value} cannot be had; {chosen} is used"
        remarks.say(NODE_UNAVAILABLE, message, node.file, node.line)


def _sources(tree: Tree, package: Package, said: Said) -> Iterator[tuple[str, Fact[str]]]:
    if said.config.node:
        yield said.config.node, said.fact(said.config.node, "build.node")
    documents = [(package.folder, package.document), (package.workspace, package.around)]
    for folder, document in documents:
        volta = document.get("volta")
        if isinstance(volta, dict) and isinstance(volta.get("node"), str):
            yield volta["node"], _in_package(tree, folder, volta["node"], "volta")
    folder = package.folder
    while True:
        for name in (".nvmrc", ".node-version", ".tool-versions"):
            path = join(folder, name)
            for line, text in _words(tree, path) if tree.has(path) else ():
                yield text, Fact(text, f"{path} asks for {text}", file=path, line=line)
        if folder == ".":
            break
        folder = parent(folder)
    for folder, document in documents:
        for field, key in (("engines", "node"), ("devEngines", "runtime")):
            table = document.get(field)
            said_there = table.get(key) if isinstance(table, dict) else None
            if isinstance(said_there, dict) and said_there.get("name") == "node":
                said_there = said_there.get("version")
            if isinstance(said_there, str):
                yield said_there, _in_package(tree, folder, said_there, field)


def _in_package(tree: Tree, folder: str, text: str, word: str) -> Fact[str]:
    path = join(folder, NAME)
    return Fact(
        text, f"{word} of {path} asks for {text}", file=path, line=line_of(tree, path, word)
    )


def _words(tree: Tree, path: str) -> Iterator[tuple[int, str]]:
    """The version that such a file names, with its line."""
    for number, line in enumerate(tree.text(path).split("\n"), start=1):
        words = line.partition("#")[0].split()
        if not words:
            continue
        if not path.endswith(".tool-versions"):
            yield number, words[0]
            return
        if words[0] in ("nodejs", "node") and len(words) > 1:
            yield number, words[1]
            return


def line_of(tree: Tree, path: str, key: str) -> int:
    """The first line of a JSON file with this key; 1 where there is none."""
    pattern = re.compile(rf'^\s*"{re.escape(key)}"\s*:')
    for number, line in enumerate(tree.text(path).split("\n"), start=1):
        if pattern.match(line):
            return number
    return 1
