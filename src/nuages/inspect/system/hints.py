"""System packages that other tools are told to install: an Aptfile, a rockcraft.yaml, a Dockerfile.

They are read as hints: what a file says to another tool was not said to Nuages.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from nuages.core.exported import is_exported
from nuages.core.system_packages import NAME
from nuages.inspect.tree import Tree, join

_APT = re.compile(r"\bapt(?:-get)?\b(?:\s+-\S+)*\s+install\b([^&|;]*)")
_Read = Callable[[str], Iterator[tuple[int, str]]]
# A release or architecture may follow the name: `libpq5=15.3-0`, `libpq5:amd64`, `libpq5/stable`.
_EXACT = re.compile(r"[=:/].*$")
_ITEM = re.compile(r"^(\s*)-\s*[\"']?([^\s\"'#]+)")
# What images install for their makers, or because they begin with less than a machine has.
_EVERYDAY = frozenset(
    (
        "apt-transport-https", "apt-utils", "bash", "build-essential", "bzip2", "ca-certificates",
        "curl", "dnsutils", "dumb-init", "gcc", "g++", "git", "gnupg", "gnupg2", "htop",
        "iputils-ping", "jq", "less", "locales", "locales-all", "lsb-release", "make", "musl-dev",
        "nano", "net-tools", "netcat", "netcat-openbsd", "netcat-traditional", "nginx", "nodejs",
        "npm", "openssh-client", "openssl", "procps", "python3", "python3-dev", "python3-pip",
        "python3-venv", "rsync", "software-properties-common", "ssh", "sudo", "supervisor",
        "telnet", "tini", "tree", "tzdata", "unzip", "vim", "vim-tiny", "wait-for-it", "wget",
        "xz-utils", "yarn", "zip",
    )
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Hint:
    """A package that a file installs, and the line. `deliberate` is off for what nearly every
    image has, and for headers."""

    package: str
    file: str
    line: int

    @property
    def deliberate(self) -> bool:
        return self.package not in _EVERYDAY and not self.package.endswith("-dev")


def find_hints(tree: Tree, root: str) -> Iterator[Hint]:
    """The hints of the files in the project's folder and at the top of the source, and of every
    Dockerfile."""
    for path, read, text in _files(tree, root):
        for line, word in read(text):
            package = _EXACT.sub("", word)
            if NAME.fullmatch(package):
                yield Hint(package, path, line)


def _files(tree: Tree, root: str) -> Iterator[tuple[str, _Read, str]]:
    for folder in dict.fromkeys((root, ".")):
        for name, read in (("Aptfile", _aptfile), ("rockcraft.yaml", _stage_packages)):
            path = join(folder, name)
            if tree.has(path):
                yield path, read, tree.text(path)
    kept = [(path, tree.text(path)) for path in tree.named("Dockerfile")]
    for path, text in (*kept, *tree.source.dockerfiles):
        if not is_exported(text):
            yield path, _dockerfile, text


def _aptfile(text: str) -> Iterator[tuple[int, str]]:
    """One package or address of one on a line; `:repo:` names where packages come from."""
    for number, raw in enumerate(text.split("\n"), start=1):
        line = raw.partition("#")[0].strip()
        if line and not line.startswith(":") and "://" not in line:
            for word in line.split():
                yield number, word


def _stage_packages(text: str) -> Iterator[tuple[int, str]]:
    """The items below each `stage-packages:`, in YAML's usual form or on one line."""
    depth = -1
    for number, line in enumerate(text.split("\n"), start=1):
        stripped = line.strip()
        if stripped.startswith("stage-packages:"):
            depth = len(line) - len(line.lstrip())
            listed = stripped.partition(":")[2].strip()
            if listed.startswith("["):
                for word in re.findall(r"[\w.+:=/-]+", listed):
                    yield number, word
                depth = -1
            continue
        item = _ITEM.match(line)
        if depth >= 0 and item and len(item[1]) >= depth:
            yield number, item[2]
        elif stripped and not stripped.startswith("#"):
            depth = -1


def _dockerfile(text: str) -> Iterator[tuple[int, str]]:
    """The words of each `apt-get install` that begin no option and hold no variable."""
    pending, start = "", 0
    for number, raw in enumerate(text.split("\n"), start=1):
        line = "" if raw.lstrip().startswith("#") else raw
        if not pending:
            start = number
        continued = line.rstrip().endswith("\\") or (pending and raw.lstrip().startswith("#"))
        pending += line.rstrip().removesuffix("\\") + " "
        if continued:
            continue
        for match in _APT.finditer(pending):
            for word in match[1].split():
                if not word.startswith("-") and "$" not in word:
                    yield start, word
        pending = ""
