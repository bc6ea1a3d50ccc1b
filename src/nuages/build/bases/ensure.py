"""What a project names as its base becomes the base itself: found in the home, else in the cache
that all homes of this machine share, else made, once, whoever wants it.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from nuages.build.bases.bare import bare_parts, make_bare, require_whole
from nuages.build.bases.describe import describe_root, find_python
from nuages.build.bases.distribution import make_root, with_sources
from nuages.build.bases.errors import PACKAGES_UNSUPPORTED
from nuages.build.bases.image import unpack_image
from nuages.build.bases.names import BARE, BaseKind, BaseName, parse_base
from nuages.build.bases.ownership import owning_packages
from nuages.build.bases.packages import installed_packages
from nuages.build.bases.recipe import Recipe
from nuages.build.bases.store import ROOT, BaseStore
from nuages.build.oci.blobs import Blobs
from nuages.core.base import Base
from nuages.core.errors import NuagesError
from nuages.core.home import Home, machine_cache
from nuages.core.oci import OciImage
from nuages.system.command import Runner
from nuages.system.sandbox_host import SandboxHost

OVERRIDE = "NUAGES_BASES"


def _say_nothing(_: str) -> None:
    return


@dataclass(frozen=True, slots=True)
class BaseMeans:
    """What bases are made with: a runner; the `host` that can sandbox (None: no Python of a base
    is asked, and none is found); who is told each step; the environment in which mirrors and the
    cache are named; and whether a base that is known is made anew (`refresh`)."""

    runner: Runner
    host: SandboxHost | None
    report: Callable[[str], None] = _say_nothing
    environment: Mapping[str, str] = field(default_factory=lambda: dict(os.environ))
    refresh: bool = False


def ensure_base(name: BaseName, home: Home, means: BaseMeans, packages: Sequence[str] = ()) -> Base:
    """The base of a distribution, with these system packages of it too.

    Raises build.E061 to E066, and E071 for packages of what is no distribution.
    """
    if name.kind is not BaseKind.DISTRIBUTION:
        message = f"{name.name} takes no packages of a distribution: {', '.join(packages)}"
        raise NuagesError(PACKAGES_UNSUPPORTED, message)
    own, shared = BaseStore(home.bases), BaseStore(shared_folder(means.environment))
    wanted = Recipe(name, tuple(sorted(set(packages))))
    known = None if means.refresh else own.find(wanted.key) or shared.find(wanted.key)
    if known is None:
        known = _make_distribution(wanted, shared if shared.open() else own, means)
    base = known if known.root.is_relative_to(own.folder) else own.adopt(wanted.key, known)
    return _with_python(base, own, means)


def with_packages(base: Base, names: Sequence[str], home: Home, means: BaseMeans) -> Base:
    """The base of the same distribution with these packages too; the base itself where it has
    them all. Raises as `ensure_base`."""
    if not set(names) - {package.name for package in base.packages}:
        return base
    return ensure_base(parse_base(base.name), home, means, (*base.added, *names))


def build_root(base: Base, names: Sequence[str], home: Home, means: BaseMeans) -> Base:
    """A root of the base's distribution to compile in, with compilers and headers: the same
    libraries as the base's, and more. What runs never sees it. Raises as `ensure_base`."""
    wanted = ("build-essential", "pkg-config", "python3-dev", *names)
    return with_packages(base, tuple(dict.fromkeys(wanted)), home, means)


def image_base(
    reference: str, home: Home, means: BaseMeans, pull: Callable[[str], OciImage]
) -> tuple[Base, OciImage]:
    """The base that is an image of a registry, and the image. `pull` brings its content into the
    home's store. Raises what `pull` does, and build.E067, E068, E080 and E081."""
    image = pull(reference)
    store, key = BaseStore(home.bases), f"image-{image.manifest.hex}"
    known = store.find(key)
    if known is not None:
        return replace(_with_python(known, store, means), name=reference), image
    with store.making(key) as folder:
        known = store.find(key)
        if known is not None:
            return replace(known, name=reference), image
        means.report(f"Unpacking {reference}")
        unpack_image(image, Blobs(home.blobs), folder / ROOT)
        base = describe_root(reference, folder / ROOT, means.runner, means.host)
        return store.publish(key, base), image


def bare_base(
    full: Base | None, files: Sequence[Path], home: Home, means: BaseMeans, also: Sequence[str] = ()
) -> Base:
    """The bare base for these ELF files (programs and libraries, of an interpreter and an
    environment) and the paths `also` of the full root, cut out of `full`, or of this machine's
    own root where there is none. The first of the files is the interpreter. Raises build.E070
    where a library that it needs is nowhere."""
    root = full.root if full else Path("/")
    parts = bare_parts(root, files, also)
    require_whole(parts, files[:1])
    store, key = BaseStore(home.bases), _bare_key(full, parts.paths)
    known = store.find(key)
    if known is not None:
        return known
    with store.making(key) as folder:
        means.report("Making a bare base")
        make_bare(root, parts.paths, folder / ROOT)
        base = describe_root(BARE, folder / ROOT, means.runner, means.host if also else None)
        owners = owning_packages(root, parts.paths)
        known_packages = full.packages if full else installed_packages(root)
        packages = tuple(each for each in known_packages if each.name in owners)
        return store.publish(key, replace(base, packages=packages))


def shared_folder(environment: Mapping[str, str]) -> Path:
    """The cache that all homes share: the one that NUAGES_BASES names, else root's, else the
    user's own."""
    named = environment.get(OVERRIDE, "").strip()
    if named:
        return Path(named).absolute()
    return machine_cache(environment, root=os.geteuid() == 0) / "bases"


def _with_python(base: Base, store: BaseStore, means: BaseMeans) -> Base:
    """The base with its Python, where whoever made it could not ask for it."""
    if base.python is not None or means.host is None:
        return base
    asked = replace(base, python=find_python(base.root, means.runner, means.host))
    if asked.python is not None:
        store.amend(asked)
    return asked


def _make_distribution(wanted: Recipe, store: BaseStore, means: BaseMeans) -> Base:
    name = wanted.name

    def waits() -> None:
        means.report(f"Waiting for another build that makes {name.name}")

    with store.making(wanted.key, waits) as folder:
        # Who waited for another one that made it has no need to make it again.
        known = None if means.refresh else store.find(wanted.key)
        if known is not None:
            return known
        recipe = with_sources(wanted, means.environment, means.runner)
        make_root(recipe, folder / ROOT, means.runner, means.report)
        means.report(f"Looking at {name.name}")
        base = describe_root(name.name, folder / ROOT, means.runner, means.host)
        return store.publish(wanted.key, replace(base, added=wanted.packages))


def _bare_key(full: Base | None, paths: Sequence[str]) -> str:
    digest = hashlib.sha256((full.digest if full else "").encode())
    for path in paths:
        line = path
        if full is None:
            status = Path("/", path).lstat()
            line = f"{path} {status.st_size} {status.st_mtime_ns} {status.st_mode}"
        digest.update(f"{line}\0".encode("utf-8", "surrogateescape"))
    return f"bare-{digest.hexdigest()[:32]}"
