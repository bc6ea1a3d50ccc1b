"""A base is found where it is, or made where it is not."""

from __future__ import annotations

import gzip
import hashlib
import io
import os
import tarfile
from dataclasses import replace
from pathlib import Path

import pytest

from nuages.build.bases.ensure import (
    BaseMeans,
    bare_base,
    build_root,
    ensure_base,
    image_base,
    shared_folder,
    with_packages,
)
from nuages.build.bases.errors import NO_LIBRARY, PACKAGES_UNSUPPORTED
from nuages.build.bases.names import parse_base
from nuages.build.bases.recipe import Recipe
from nuages.build.bases.store import BaseStore
from nuages.build.bases.trees.digest import tree_digest
from nuages.build.oci.blobs import Blobs
from nuages.core.base import Base, BasePython, SystemPackage
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.core.oci import CONFIG, LAYER_GZIP, MANIFEST, Layer, OciImage
from nuages.system.command import Command, Completed, RecordingRunner
from nuages.system.sandbox_host import SandboxHost

DEBIAN = parse_base("debian@12")
REFERENCE = "registry.example/team/base:1"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return Home(tmp_path / "home")


@pytest.fixture
def means(tmp_path: Path) -> BaseMeans:
    return BaseMeans(
        RecordingRunner(), None, environment={"NUAGES_BASES": str(tmp_path / "shared")}
    )


def publish(folder: Path, packages: tuple[str, ...] = (), *, python: bool = False) -> Base:
    """A base as if it had been made for these packages."""
    store, key = BaseStore(folder), Recipe(DEBIAN, packages).key
    with store.making(key) as place:
        root = place / "root"
        (root / "etc").mkdir(parents=True)
        (root / "etc/packages").write_text(" ".join(packages))
        if python:
            (root / "usr/bin").mkdir(parents=True)
            (root / "usr/bin/python3.11").touch()
        listed = tuple(SystemPackage(name, "1", name, "amd64") for name in ("libc6", *packages))
        base = Base("debian@12", tree_digest(root), root, None, listed, packages)
        return store.publish(key, base)


def test_a_base_of_the_machine_is_shared_with_the_home(
    tmp_path: Path, home: Home, means: BaseMeans
) -> None:
    made = publish(tmp_path / "shared")
    base = ensure_base(DEBIAN, home, means)
    assert base == replace(made, root=home.bases / made.hex / "root")
    assert (base.root / "etc/packages").samefile(made.root / "etc/packages")
    # From here on the home needs nobody.
    BaseStore(tmp_path / "shared").remove(made.digest)
    assert ensure_base(DEBIAN, home, means) == base


def test_a_python_is_found_later_where_its_maker_could_not_ask(
    tmp_path: Path, home: Home, means: BaseMeans
) -> None:
    class Python:
        def run(self, command: Command) -> Completed:
            return Completed(0, "3.11.2\n", "")

    made = publish(tmp_path / "shared", python=True)
    assert ensure_base(DEBIAN, home, means).python is None
    asking = replace(means, runner=Python(), host=SandboxHost("bwrap", root=False))
    found = BasePython("/usr/bin/python3.11", "3.11.2")
    assert ensure_base(DEBIAN, home, asking).python == found
    assert BaseStore(home.bases).get(made.digest) == ensure_base(DEBIAN, home, means)
    assert ensure_base(DEBIAN, home, means).python == found


def test_packages_are_added_to_those_that_were_added(
    tmp_path: Path, home: Home, means: BaseMeans
) -> None:
    publish(tmp_path / "shared", ("libpq5",))
    both = publish(tmp_path / "shared", ("libmagic1", "libpq5"))
    base = ensure_base(DEBIAN, home, means, ["libpq5"])
    assert base.added == ("libpq5",)
    assert with_packages(base, ["libpq5", "libc6"], home, means) == base
    assert with_packages(base, ["libmagic1"], home, means).digest == both.digest


def test_a_root_to_compile_in_has_a_compiler_and_what_the_base_has(
    tmp_path: Path, home: Home, means: BaseMeans
) -> None:
    publish(tmp_path / "shared", ("libpq5",))
    names = ("build-essential", "libpq-dev", "libpq5", "pkg-config", "python3-dev")
    compiling = publish(tmp_path / "shared", names)
    base = ensure_base(DEBIAN, home, means, ["libpq5"])
    assert build_root(base, ["libpq-dev"], home, means).digest == compiling.digest


@pytest.mark.parametrize("name", ["bare", REFERENCE])
def test_packages_are_added_to_distributions_alone(
    name: str, tmp_path: Path, home: Home, means: BaseMeans
) -> None:
    base = Base(name, "sha256:0", tmp_path)
    with pytest.raises(NuagesError, match="libpq5") as caught:
        with_packages(base, ["libpq5"], home, means)
    assert caught.value.code is PACKAGES_UNSUPPORTED


def test_the_shared_cache_is_where_it_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    assert shared_folder({"NUAGES_BASES": "/srv/bases"}) == Path("/srv/bases")
    monkeypatch.setattr(os, "geteuid", lambda: 0)
    assert shared_folder({}) == Path("/var/cache/nuages/bases")
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert shared_folder({"XDG_CACHE_HOME": "/c"}) == Path("/c/nuages/bases")
    assert shared_folder({}) == Path.home() / ".cache/nuages/bases"


def test_an_image_is_unpacked_once(home: Home, means: BaseMeans) -> None:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as made:
        made.addfile(tarfile.TarInfo("etc/os-release"))
    plain = stream.getvalue()
    pulled, steps = [], []

    def pull(reference: str) -> OciImage:
        pulled.append(reference)
        blobs = Blobs(home.blobs)
        content = blobs.add(LAYER_GZIP, gzip.compress(plain))
        layer = Layer(content, f"sha256:{hashlib.sha256(plain).hexdigest()}", "base")
        return OciImage(blobs.add(MANIFEST, b"{}"), blobs.add(CONFIG, b"{}"), (layer,))

    telling = replace(means, report=steps.append)
    base, image = image_base(REFERENCE, home, telling, pull)
    assert (base.name, image.layers[0].holds) == (REFERENCE, "base")
    assert (base.root / "etc/os-release").is_file()
    other, _ = image_base("registry.example/team/other", home, telling, pull)
    assert other == replace(base, name="registry.example/team/other")
    assert steps == [f"Unpacking {REFERENCE}"]
    assert len(pulled) == 2


def test_a_bare_base_is_made_once_for_the_same_parts(
    tmp_path: Path, home: Home, means: BaseMeans
) -> None:
    full = publish(tmp_path / "shared")
    steps: list[str] = []
    telling = replace(means, report=steps.append)
    base = bare_base(full, [], home, telling)
    assert (base.name, base.root.is_relative_to(home.bases)) == ("bare", True)
    assert bare_base(full, [], home, telling) == base
    assert steps == ["Making a bare base"]


def test_a_bare_base_that_the_interpreter_would_not_start_in_is_refused(
    tmp_path: Path, home: Home, means: BaseMeans
) -> None:
    full = publish(tmp_path / "shared")
    python = Path("/proc/self/exe").resolve()
    with pytest.raises(NuagesError) as caught:
        bare_base(full, [python], home, means)
    assert caught.value.code is NO_LIBRARY
    assert BaseStore(home.bases).digests() == []
