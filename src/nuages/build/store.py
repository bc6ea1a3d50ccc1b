"""The image store: one folder a digest, written whole or not at all, loaded as an `Image`."""

from __future__ import annotations

import json
import os
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nuages.build.errors import IMAGE_MISSING
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.core.image import (
    AddedPackage,
    Blueprint,
    Image,
    NeededVariable,
    Placed,
    ProbeReport,
    SettingChange,
)
from nuages.core.source import SourceFile
from nuages.system.files import discard_tree, write_atomic

MANIFEST = "image.json"
FILES = "files.json"
BUILT = "built.json"


class ImageStore:
    """Images below `home.images`; packages, runtimes and static trees are shared between them."""

    def __init__(self, home: Home) -> None:
        self._home = home

    def path(self, digest: str) -> Path:
        """The folder of an image, whether or not it is there."""
        return self._home.images / digest.removeprefix("sha256:")

    def load(self, digest: str) -> Image:
        """The image of that digest; raises build.E006 where it is missing."""
        image = self.find(digest)
        if image is None:
            raise NuagesError(IMAGE_MISSING, f"There is no image {digest}")
        return image

    def find(self, digest: str) -> Image | None:
        """The image of that digest, or None where it or a tree that it needs is missing."""
        image = self.describe(digest)
        if image is None:
            return None
        trees = [image.app, image.venv, image.runtime]
        if image.static is not None:
            trees.append(image.static)
        return image if all(tree.is_dir() for tree in trees) else None

    def describe(self, digest: str) -> Image | None:
        """What an image says of itself, whether or not the trees that it needs are there."""
        try:
            document = json.loads((self.path(digest) / MANIFEST).read_text())
        except (OSError, ValueError):
            return None
        return self._from_json(document)

    def save(
        self,
        image: Image,
        files: tuple[SourceFile, ...],
        folder: Path,
        built: tuple[SourceFile, ...] = (),
    ) -> None:
        """Write what belongs beside the app tree into `folder`, which is not published yet.
        `files` are those of the source, `built` what its front ends made of them."""
        (folder / FILES).write_text(json.dumps(_rows(files)))
        if built:
            (folder / BUILT).write_text(json.dumps(_rows(built)))
        write_atomic(folder / MANIFEST, json.dumps(self._to_json(image), sort_keys=True))

    def files(self, digest: str) -> tuple[SourceFile, ...]:
        """The files of the source that an image was made from; empty where it is unknown."""
        return _read_rows(self.path(digest) / FILES)

    def tree_files(self, digest: str) -> tuple[SourceFile, ...]:
        """The files of an image's app tree: the source's, and those that front ends made."""
        files = {file.path: file for file in self.files(digest)}
        files |= {file.path: file for file in _read_rows(self.path(digest) / BUILT)}
        return tuple(sorted(files.values(), key=lambda file: file.path))

    def digests(self) -> list[str]:
        """Every image in the store."""
        if not self._home.images.is_dir():
            return []
        return [
            f"sha256:{entry.name}"
            for entry in os.scandir(self._home.images)
            if not entry.name.startswith(".")
        ]

    def remove(self, digest: str) -> None:
        """Forget an image, in one step."""
        discard_tree(self.path(digest))

    def _to_json(self, image: Image) -> dict[str, Any]:
        return {
            "digest": image.digest,
            "environment": image.venv.parent.name,
            "runtime": image.runtime.name,
            "static": image.static_digest,
            "python": [str(image.python.folder), str(image.python.place)] if image.python else None,
            "python_version": image.python_version,
            "project": image.project,
            "source": image.source_digest,
            "report": asdict(image.report),
            "blueprint": asdict(image.blueprint),
        }

    def _from_json(self, document: dict[str, Any]) -> Image:
        static = document["static"]
        return Image(
            digest=document["digest"],
            app=self.path(document["digest"]) / "app",
            venv=self._home.environments / document["environment"] / "venv",
            runtime=self._home.runtimes / document["runtime"],
            static=self._home.static / static if static else None,
            static_digest=static,
            python=_placed(document["python"]),
            python_version=document["python_version"],
            project=document["project"],
            report=report_from_json(document["report"]),
            blueprint=_blueprint_from_json(document["blueprint"]),
            source_digest=document["source"],
        )


def _placed(written: list[str] | str | None) -> Placed | None:
    """Images of an earlier version have one path, which is both."""
    if not written:
        return None
    folder, place = (written, written) if isinstance(written, str) else written
    return Placed(Path(folder), Path(place))


def report_from_json(document: dict[str, Any]) -> ProbeReport:
    """A probe's report from its JSON; keys that this version does not know are ignored."""
    known = {name: document[name] for name in ProbeReport.__dataclass_fields__ if name in document}
    known["changes"] = changes_from_json(document.get("changes") or ())
    known["databases"] = tuple(document.get("databases") or ())
    known["warnings"] = tuple(document.get("warnings") or ())
    known["needed"] = tuple(NeededVariable(**row) for row in document.get("needed") or ())
    known["added"] = tuple(AddedPackage(**row) for row in document.get("added") or ())
    return ProbeReport(**known)


def changes_from_json(rows: list[dict[str, str]] | tuple[()]) -> tuple[SettingChange, ...]:
    """The overlay's changes from their JSON."""
    names = SettingChange.__dataclass_fields__
    return tuple(
        SettingChange(**{name: str(row.get(name) or "") for name in names}) for row in rows
    )


def _blueprint_from_json(document: dict[str, Any]) -> Blueprint:
    values = dict(document)
    values["processes"] = tuple((name, command) for name, command in values["processes"])
    values["scale"] = tuple((name, count) for name, count in values["scale"])
    # Images of an earlier version have none.
    values["feeds"] = tuple((name, setting) for name, setting in values.get("feeds", ()))
    values["fills"] = tuple((name, own) for name, own in values.get("fills", ()))
    groups = values.get("defaults", ())
    values["defaults"] = tuple(tuple((name, value) for name, value in each) for each in groups)
    brokers = values.get("brokers", ())
    values["brokers"] = tuple((process, tuple(names)) for process, names in brokers)
    for name in ("release_commands", "reads", "keep", "paths", "folders"):
        values[name] = tuple(values.get(name, ()))
    return Blueprint(**values)


def _rows(files: tuple[SourceFile, ...]) -> list[list[object]]:
    return [
        [file.path, file.sha256, file.size, file.executable, file.link, file.of] for file in files
    ]


def _read_rows(path: Path) -> tuple[SourceFile, ...]:
    try:
        rows = json.loads(path.read_text())
    except (FileNotFoundError, ValueError):
        return ()
    return tuple(SourceFile(*row) for row in rows)
