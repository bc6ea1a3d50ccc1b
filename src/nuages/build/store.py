"""The image store: one folder a digest, written whole or not at all, loaded as an `Image`."""

from __future__ import annotations

import hashlib
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
from nuages.core.oci import Descriptor, Layer, OciImage
from nuages.core.source import SourceFile
from nuages.system.files import discard_tree, switch_link, write_atomic

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

    def made_from(self, input_digest: str) -> Image | None:
        """The image that was made from that input, with all that it needs."""
        try:
            return self.find(f"sha256:{self._by_input(input_digest).readlink().name}")
        except OSError:
            return None

    def remember(self, image: Image) -> None:
        """Have an image found by its input."""
        link = self._by_input(image.input)
        link.parent.mkdir(parents=True, exist_ok=True)
        switch_link(link, f"../{image.digest.removeprefix('sha256:')}")

    def latest(self, identity: str) -> str:
        """The digest of the last image that was made of a project outside of any app; empty where
        there is none. `identity` tells projects apart (`Source.identity`)."""
        try:
            return f"sha256:{self._by_identity(identity).readlink().name}"
        except OSError:
            return ""

    def keep_latest(self, identity: str, digest: str) -> None:
        """Keep this image of a project in the place of the one before."""
        link = self._by_identity(identity)
        link.parent.mkdir(parents=True, exist_ok=True)
        switch_link(link, f"../{digest.removeprefix('sha256:')}")

    def forget_latest(self) -> None:
        """Keep no image of a project for its own sake any more."""
        for link in (self._home.images / ".builds").glob("*"):
            link.unlink(missing_ok=True)

    def kept(self) -> set[str]:
        """The digests of all that was kept so."""
        folder = self._home.images / ".builds"
        return {f"sha256:{link.readlink().name}" for link in folder.glob("*") if link.is_symlink()}

    def _by_identity(self, identity: str) -> Path:
        name = hashlib.sha256(identity.encode()).hexdigest()[:32]
        return self._home.images / ".builds" / name

    def forget_removed(self) -> None:
        """Forget the inputs of images that are gone."""
        for link in self._by_input("").glob("*"):
            if not link.exists():
                link.unlink(missing_ok=True)

    def _by_input(self, input_digest: str) -> Path:
        return self._home.images / ".inputs" / input_digest

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
            "source_name": image.source_name,
            "source_commit": image.source_commit,
            "report": asdict(image.report),
            "blueprint": asdict(image.blueprint),
            "oci": asdict(image.oci) if image.oci else None,
            "input": image.input,
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
            source_name=document.get("source_name", ""),
            source_commit=document.get("source_commit", ""),
            oci=_oci_from_json(document.get("oci")),
            input=document.get("input", ""),
        )


def _placed(written: list[str] | str | None) -> Placed | None:
    """Images of an earlier version have one path, which is both."""
    if not written:
        return None
    folder, place = (written, written) if isinstance(written, str) else written
    return Placed(Path(folder), Path(place))


def _oci_from_json(document: dict[str, Any] | None) -> OciImage | None:
    if not document:
        return None
    layers = tuple(
        Layer(Descriptor(**row["content"]), row["diff_id"], row["holds"])
        for row in document["layers"]
    )
    return OciImage(Descriptor(**document["manifest"]), Descriptor(**document["config"]), layers)


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
