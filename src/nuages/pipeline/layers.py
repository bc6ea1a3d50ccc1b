"""The trees of a build become an OCI image: which layers, in which order, and how it is run.

The order is that of how often each changes: what lies below a layer stays where it is when that
changes. A layer is made once for everything that decides it.
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from functools import partial
from pathlib import Path

from nuages.build.assets import own_files
from nuages.build.bytecode import cache_tag
from nuages.build.oci.blobs import Blobs
from nuages.build.oci.contents import (
    DOCUMENT,
    USER,
    Group,
    account_entries,
    app_entries,
    interpreter_entries,
    package_entries,
    package_groups,
    runtime_entries,
    static_entries,
)
from nuages.build.oci.entries import Entry, file_entry
from nuages.build.oci.layer import LayerStore
from nuages.build.oci.manifest import Execution, make_image, moment
from nuages.build.oci.sbom import (
    Component,
    installed_components,
    python_component,
    spdx_document,
)
from nuages.core.home import Home
from nuages.core.image import Image
from nuages.core.oci import Layer, OciImage
from nuages.core.source import SourceFile
from nuages.release.assemble import PYTHON
from nuages.run.places import static_root
from nuages.system.files import write_atomic
from nuages_runtime.given.surroundings import (
    PORT,
    folder_of,
    python_variables,
    settings_variables,
)

SBOM = "nuages/sbom.spdx.json"


@dataclass(frozen=True, slots=True)
class Ground:
    """What an image lies on: the `layers` of a base called `name`, whose tree has that `digest`,
    with the text of its `/etc/passwd` and `/etc/group`, and what is in it."""

    name: str
    digest: str
    layers: tuple[Layer, ...]
    passwd: str
    group: str
    components: tuple[Component, ...] = ()

    @property
    def key(self) -> str:
        """A digest of all of it."""
        return _key([self.passwd, self.group], [layer.diff_id for layer in self.layers])


@dataclass(frozen=True, slots=True)
class Trees:
    """What of a build is not in its image yet: `app` is where the app's tree lies now, made of
    `files` (of the source, and of its front ends); `packages` is the id of its packages."""

    app: Path
    files: tuple[tuple[SourceFile, ...], ...]
    packages: str


def epoch() -> int:
    """SOURCE_DATE_EPOCH, the time of everything in an image; 0 where it is not set."""
    text = os.environ.get("SOURCE_DATE_EPOCH", "")
    return int(text) if text.isdigit() else 0


def make_oci_image(image: Image, trees: Trees, ground: Ground, home: Home) -> OciImage:
    """The image of these trees, in the store; `image` has no digest yet."""
    blobs, time = Blobs(home.blobs), epoch()
    store = LayerStore(blobs, home.blobs / "layers", time)
    layers = (
        *ground.layers,
        *_accounts(ground, store),
        *_interpreter(image, store),
        *_packages(image, trees, ground, store, home),
        *_static(image, home, store),
        *_app(image, trees, store),
        *_runtime(image, store),
    )
    return make_image(blobs, layers, _execution(image, ground, time), _machine(), time)


def _accounts(ground: Ground, store: LayerStore) -> Iterator[Layer]:
    yield store.ensure("accounts", ground.key, lambda: account_entries(ground.passwd, ground.group))


def _interpreter(image: Image, store: LayerStore) -> Iterator[Layer]:
    python = image.python
    if python is not None:
        key = python.folder.name
        yield store.ensure(
            f"Python {image.python_version}", key, lambda: interpreter_entries(python.folder)
        )


def _packages(
    image: Image, trees: Trees, ground: Ground, store: LayerStore, home: Home
) -> Iterator[Layer]:
    site = _site(image)

    def entries(group: Group) -> Iterator[Entry]:
        yield from package_entries(image.venv, site, group)
        if group.rest:
            yield file_entry(SBOM, bill_of_materials(image, ground.components))

    for group in _groups(site, trees.packages, home):
        key = _key(trees.packages, sorted(group.names), ground.key if group.rest else "")
        yield store.ensure(f"packages {group.name}".strip(), key, partial(entries, group))


def _groups(site: Path, packages: str, home: Home) -> list[Group]:
    """The groups of the packages with that id, which take a look at each of their files to find:
    remembered where that was done."""
    memory = home.cache / "groups" / packages
    try:
        rows = json.loads(memory.read_text())
        return [Group(name, frozenset(names), bool(rest)) for name, names, rest in rows]
    except (OSError, ValueError, TypeError):
        groups = package_groups(site)
    memory.parent.mkdir(parents=True, exist_ok=True)
    rows = [[group.name, sorted(group.names), group.rest] for group in groups]
    write_atomic(memory, json.dumps(rows))
    return groups


def _static(image: Image, home: Home, store: LayerStore) -> Iterator[Layer]:
    tree = image.static
    if tree is None:
        return
    place, files = static_root(image), own_files(home.static, image.static_digest)
    key = _key(place, files)
    yield store.ensure(
        "static files", key, lambda: static_entries(tree, (path for path, _ in files), place)
    )


def _app(image: Image, trees: Trees, store: LayerStore) -> Iterator[Layer]:
    document = image_document(image)
    files = [(f.path, f.sha256, f.executable, f.link) for part in trees.files for f in part]
    key = _key(files, document, image.python_version)
    yield store.ensure("app", key, lambda: app_entries(trees.app, document))


def _runtime(image: Image, store: LayerStore) -> Iterator[Layer]:
    tag = cache_tag(image.python_version)
    key = _key(image.runtime.name, image.python_version)
    yield store.ensure("runtime", key, lambda: runtime_entries(image.runtime, tag))


def bill_of_materials(image: Image, ground: tuple[Component, ...]) -> bytes:
    """What is in an image, in SPDX; `ground` is what its base brings."""
    python = python_component(image.python_version)
    components = (*installed_components(_site(image)), *ground, python)
    return spdx_document(components, epoch())


def image_document(image: Image) -> dict[str, object]:
    """What is kept in the image of how it is run, for `nuages_runtime.container`."""
    return {
        **asdict(image.blueprint),
        "project": image.project,
        "static_root": static_root(image),
        "media_url": image.report.media_url,
        "python_version": image.python_version,
        "needed": [each.name for each in image.report.needed],
    }


def _execution(image: Image, ground: Ground, time: int) -> Execution:
    labels = {
        "org.opencontainers.image.title": image.source_name,
        "org.opencontainers.image.revision": image.source_commit,
        "org.opencontainers.image.created": moment(time),
        "org.opencontainers.image.base.name": ground.name,
        "org.opencontainers.image.base.digest": ground.digest,
    }
    uid, gid = USER
    return Execution(
        command=(PYTHON, "-m", "nuages_runtime.container", "web"),
        env=_variables(image),
        folder=folder_of(image.project),
        user=f"{uid}:{gid}",
        ports=(PORT,),
        volumes=("/data",),
        labels={name: value for name, value in labels.items() if value},
    )


def _site(image: Image) -> Path:
    minor = ".".join(image.python_version.split(".")[:2])
    return image.venv / "lib" / f"python{minor}" / "site-packages"


def _variables(image: Image) -> dict[str, str]:
    """What holds wherever a container of the image runs; the rest it finds out when it starts."""
    blueprint = image.blueprint
    return {
        **settings_variables(blueprint.settings, blueprint.configuration, blueprint.application),
        **python_variables(image.project, blueprint.paths),
        "PYTHON_VERSION": image.python_version,
        "NUAGES_IMAGE": f"/{DOCUMENT}",
    }


def _machine() -> str:
    return os.uname().machine


def _key(*parts: object) -> str:
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()
