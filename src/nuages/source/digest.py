"""A tree's name: one digest over the paths, contents, links and x bits of its files."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable

from nuages.core.source import SourceFile


def tree_digest(files: Iterable[SourceFile]) -> str:
    """`sha256:…` of `files`, which are sorted by path; the same for a folder and its archive."""
    digest = hashlib.sha256(b"nuages source 1\n")
    for file in files:
        kind = b"l" if file.link else b"x" if file.executable else b"f"
        content = os.fsencode(file.link) if file.link else file.sha256.encode()
        # NUL is in no path and in no link, so no two trees give the same text.
        digest.update(b"%s %s\0%s\0" % (kind, os.fsencode(file.path), content))
    return f"sha256:{digest.hexdigest()}"
