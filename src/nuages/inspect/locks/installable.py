"""A line of a requirements file, written for pip on somebody's machine, becomes one that uv takes
on this one: without options that uv refuses, other machines' paths and other systems' packages.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from nuages.core.finding import Rule
from nuages.core.package_index import host_of, is_default_index, without_credentials
from nuages.inspect.declared.requirements import (
    ADDRESS,
    ELSEWHERE,
    INDEX,
    OTHER_SYSTEM,
    PIP_OPTION,
)
from nuages.inspect.tree import Tree, join

_NAMED = re.compile(r"([A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?)\s*(\[[^\]]*\])?\s*([^;]*)(;.*)?")
_TAIL = re.compile(r"\s--?[A-Za-z].*", re.S)
_HASH = re.compile(r"\s--hash[= ]\s*\S+")
_WORD = re.compile(r"(?:^|\s)(--?[A-Za-z][\w-]*)")
_OPTION = re.compile(r"(--[A-Za-z][\w-]*|-[A-Za-z])(?:\s*=\s*|\s*)(.*)", re.S)
_INDEXES = {"-i": "--index-url", "--index-url": "--index-url", "--pypi-url": "--index-url",
            "--extra-index-url": "--extra-index-url"}  # fmt: skip
# What uv understands, in a file or as an argument.
_KEPT = ("--only-binary", "--require-hashes", "--pre", "--trusted-host", "--no-index")
# A path of a machine: `/home/…`, `file:///…`, `C:\…`.
_ABSOLUTE = re.compile(r"(?:file:)?/{1,3}+(?!\.|app\b|\$)[^\s;]*|(?:file:/*)?[A-Za-z]:[\\/][^\s;]*")
_ARCHIVE = re.compile(
    r"([A-Za-z0-9][A-Za-z0-9._]*?(?:-[A-Za-z][A-Za-z0-9._]*?)*)-(\d[A-Za-z0-9.!+_]*?)"
    r"(?:-[A-Za-z0-9_.]+-[A-Za-z0-9_.]+-[A-Za-z0-9_.]+\.whl|\.tar\.\w+|\.zip|\.tgz)(?:[#?].*)?$"
)
# A Debian version of an upstream one: `2.0.0+ubuntu0.20`, `0.23ubuntu1`, `1.2.dfsg1`.
_DEBIAN = re.compile(r"(={2,3}\s*\d[\d.]*?)[.+~-]?(?:ubuntu|debian|dfsg|deb\d)[\w.+~-]*")
# Their wheels are for Windows (or macOS) alone, and so is their source.
_WINDOWS = frozenset((
    "macfsevents", "pyaudiowpatch", "pyhook", "pyobjc", "pyobjc-core", "pypiwin32",
    "python-magic-bin", "pywin32", "pywinpty", "twisted-iocpsupport", "win-unicode-console",
    "windows-curses", "winrt",
))  # fmt: skip
# What Debian and Ubuntu install with their own tools; most are on no index, or are another there.
_DEBIANS = frozenset((
    "apt-clone", "apt-xapian-index", "apturl", "brlapi", "checkbox-support", "cloud-init",
    "command-not-found", "cupshelpers", "defer", "distro-info", "hidpidaemon", "kernelstub",
    "language-selector", "mintcommon", "pkg-resources", "pop-transition", "python-apt", "repolib",
    "reportbug", "screen-resolution-extra", "sessioninstaller", "ssh-import-id", "systemd-python",
    "ubuntu-advantage-tools", "ubuntu-dev-tools", "ubuntu-drivers-common", "ubuntu-pro-client",
    "ufw", "unattended-upgrades", "usb-creator", "xkit",
))  # fmt: skip
# Where repositories are public, as a rule.
_FORGES = r"github\.com|gitlab\.com|bitbucket\.org|codeberg\.org"


@dataclass(frozen=True, slots=True)
class Rewritten:
    """What is left of a line: an entry, or an option for the whole (`--index-url …`), or nothing;
    and what there is to say of it."""

    entry: str = ""
    option: str = ""
    said: tuple[tuple[Rule, str], ...] = ()


def rewrite(text: str, tree: Tree, folder: str) -> Rewritten:
    """A line without comments, of a file below the source that is installed from `folder`."""
    if text.startswith("-") and not re.match(r"(?:-e|--editable)\b", text):
        return _option(text, tree, folder)
    said: list[tuple[Rule, str]] = []
    entry = _without_options(text, said)
    entry = _reachable(_here(entry, said), said)
    entry = _of_this_system(entry, said) if entry else ""
    return Rewritten(entry, said=tuple(said))


def _option(text: str, tree: Tree, folder: str) -> Rewritten:
    found = _OPTION.match(text)
    name, value = (found[1], found[2].strip().strip("'\"")) if found else (text, "")
    if name in _INDEXES:
        return _index(name, value)
    if name in ("-f", "--find-links"):
        place = join(folder, value)
        if place in tree.folders or tree.has(place):
            return Rewritten(option=f"--find-links file:///app/{place}")
        if host_of(value):
            return Rewritten(option=f"--find-links {value}")
    elif name in _KEPT:
        return Rewritten(option=f"{name} {value}".strip())
    return Rewritten(said=((PIP_OPTION, f"{name} is passed over"),))


def _index(name: str, address: str) -> Rewritten:
    if is_default_index(address):
        message = f"{name} names the default index, which is used anyway: {host_of(address)}"
        return Rewritten(said=((INDEX, message),))
    if not host_of(address) and "$" not in address:
        return Rewritten(said=((INDEX, f"{name} names no index that can be reached"),))
    return Rewritten(option=f"{_INDEXES[name]} {address}")


def _without_options(text: str, said: list[tuple[Rule, str]]) -> str:
    start = 3 if text.startswith("-e") else 10 if text.startswith("--editable") else 0
    tail = _TAIL.search(text, start)
    if tail is None:
        return text
    entry, options = text[: tail.start()].rstrip(), tail[0]
    hashes = "".join(_HASH.findall(options))
    others = dict.fromkeys(_WORD.findall(_HASH.sub("", options)))
    if not others:
        return text
    said.append((PIP_OPTION, f"{', '.join(others)} of {entry} is passed over"))
    return entry + hashes


def _here(entry: str, said: list[tuple[Rule, str]]) -> str:
    """Without a path that is on another machine."""
    named = _NAMED.fullmatch(entry)
    if named and named[3].startswith("@"):
        name, path, marker = f"{named[1]}{named[2] or ''}", named[3][1:].strip(), named[4] or ""
    else:
        bare = re.sub(r"^(?:-e|--editable)[\s=]*", "", entry)
        name, path, marker = "", bare, ""
    if not _ABSOLUTE.fullmatch(path):
        return entry
    archive = _ARCHIVE.search(re.split(r"[\\/]", path)[-1])
    if archive and not name:
        name = archive[1].replace("_", "-")
    version = f"=={archive[2]}" if archive else ""
    if not name:
        said.append((ELSEWHERE, f"{path} is a folder of another machine; it is left out"))
        return ""
    said.append((ELSEWHERE, f"{name} is installed from the index instead of {path}"))
    return f"{name}{version}{f' {marker}' if marker else ''}"


def _reachable(entry: str, said: list[tuple[Rule, str]]) -> str:
    """A repository by https: `git:` is served no more, and there is no key for ssh; and not to
    work in, which uv does for folders alone."""
    https = re.sub(r"(?:-e|--editable)[\s=]+(?=(?:git|hg|svn|bzr|https?)[+:])", "", entry)
    https = re.sub(r"git\+git://", "git+https://", https)
    https = re.sub(rf"git\+(?:ssh://)?git@({_FORGES})[:/]", r"git+https://\1/", https)
    if https != entry:
        said.append((ADDRESS, f"A repository is fetched as {without_credentials(https)}"))
    return https


def _of_this_system(entry: str, said: list[tuple[Rule, str]]) -> str:
    """Empty for a package that only another system has."""
    named = _NAMED.match(entry)
    if named is None:
        return entry
    name = re.sub(r"[-_.]+", "-", named[1]).lower()
    marked = "platform" in (named[4] or "") or "os_name" in (named[4] or "")
    if name in _DEBIANS or (name in _WINDOWS and not marked):
        whose = "Debian and Ubuntu" if name in _DEBIANS else "Windows or macOS"
        said.append((OTHER_SYSTEM, f"{named[1]} is a package of {whose}; it is left out"))
        return ""
    plain = _DEBIAN.sub(r"\1", entry)
    if plain != entry:
        said.append((OTHER_SYSTEM, f"{entry} is a version of Debian's or Ubuntu's; taken: {plain}"))
    return plain
