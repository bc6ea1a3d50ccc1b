"""What an image lies on: the root file system of a distribution, or the least of one."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

from nuages.build.bases.bare import WRITTEN, bare_parts, make_bare, require_whole
from nuages.build.bases.loader import elf_files
from nuages.build.oci.blobs import Blobs
from nuages.build.oci.entries import root_entries
from nuages.build.oci.layer import LayerStore
from nuages.core.home import Home
from nuages.core.image import Image
from nuages.pipeline.layers import Ground, epoch
from nuages.system.files import remove_tree

_MACHINE = Path("/")
# Changes whenever a package of the distribution does.
_STATUS = Path("/var/lib/dpkg/status")


def find_ground(image: Image, packages: str, home: Home, scratch: Path) -> Ground:
    """The base of an image that is about to be made, in the store: of this machine's own files
    those that its interpreter and its packages (which `packages` names) need, and those that any
    app does. `scratch` is a folder to work in. Raises build.E070."""
    store = LayerStore(Blobs(home.blobs), home.blobs / "layers", epoch())
    key = _key(image, packages)
    tree = scratch / "bare"
    layer = store.ensure("bare", key, lambda: root_entries(_make(image, tree)))
    remove_tree(tree)
    return Ground("bare", (layer,), WRITTEN["etc/passwd"], WRITTEN["etc/group"])


def _make(image: Image, tree: Path) -> Path:
    folders = [image.venv, *([image.python.folder] if image.python else [])]
    files = list(elf_files(folders))
    programs = [path for path in files if path.parent.name == "bin"]
    parts = bare_parts(_MACHINE, files)
    require_whole(parts, programs)
    make_bare(_MACHINE, parts.paths, tree)
    return tree


def _key(image: Image, packages: str) -> str:
    status = _STATUS.stat() if _STATUS.exists() else None
    machine = [status.st_mtime_ns, status.st_size] if status else []
    python = image.python.folder.name if image.python else ""
    return hashlib.sha256(json.dumps([machine, packages, python]).encode()).hexdigest()
