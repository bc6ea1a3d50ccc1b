"""The image store: an image is there with all its trees, or not at all; what nobody needs goes."""

from __future__ import annotations

from pathlib import Path

import pytest

from nuages.build.errors import IMAGE_MISSING
from nuages.build.retention import clean_store, store_in_use
from nuages.build.store import FILES, ImageStore
from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.core.image import Blueprint, Image, NeededVariable, Placed, ProbeReport, SettingChange
from nuages.core.source import SourceFile

FILE = SourceFile("manage.py", "1" * 64, 3, executable=True)
NEEDED = NeededVariable("PAYMENT_KEY", "mysite/settings.py", 3)


def make_image(home: Home, name: str) -> Image:
    """An image in the store, with trees of its own."""
    change = SettingChange("DEBUG", "True", "False", "it is public")
    image = Image(
        digest=f"sha256:{name}",
        app=home.images / name / "app",
        venv=home.environments / f"e{name}" / "venv",
        runtime=home.runtimes / f"r{name}",
        static=home.static / f"s{name}",
        static_digest=f"s{name}",
        python=Placed(Path("/opt/python"), Path("/opt/python")),
        python_version="3.12.1",
        project="backend",
        report=ProbeReport("5.2", "3.12.1", "mysite.settings", changes=(change,), needed=(NEEDED,)),
        blueprint=Blueprint("mysite.settings", "wsgi", "", (("web", ""),), scale=(("web", 2),)),
        source_digest=f"sha256:c{name}",
        source_name="polls",
        base=home.bases / f"b{name}" / "root",
        ground=f"sha256:b{name}",
        input=f"i{name}",
    )
    source = home.sources / f"c{name}"
    for folder in (image.app, image.venv, image.runtime, image.static, image.base, source):
        assert folder is not None
        folder.mkdir(parents=True)
    ImageStore(home).save(image, (FILE,), home.images / name)
    return image


def test_an_image_comes_back_as_it_was_saved(home: Home) -> None:
    image = make_image(home, "a")
    store = ImageStore(home)
    assert store.load(image.digest) == image
    assert store.files(image.digest) == (FILE,)
    assert store.digests() == [image.digest]


@pytest.mark.parametrize("tree", ["app", "venv", "runtime", "static", "base"])
def test_an_image_that_lacks_a_tree_is_none(home: Home, tree: str) -> None:
    image = make_image(home, "a")
    getattr(image, tree).rmdir()
    store = ImageStore(home)
    assert store.find(image.digest) is None
    assert store.describe(image.digest) == image
    with pytest.raises(NuagesError) as caught:
        store.load(image.digest)
    assert caught.value.code is IMAGE_MISSING


def test_an_image_that_is_removed_leaves_nothing(home: Home) -> None:
    image = make_image(home, "a")
    ImageStore(home).remove(image.digest)
    assert not list(home.images.iterdir())


@pytest.mark.parametrize("name", ["image.json", FILES])
def test_a_damaged_file_of_an_image_is_taken_for_none(home: Home, name: str) -> None:
    image = make_image(home, "a")
    (home.images / "a" / name).write_text("")
    store = ImageStore(home)
    assert not (store.find(image.digest) and store.files(image.digest))


def test_what_no_kept_image_needs_is_removed(home: Home) -> None:
    kept, other = make_image(home, "a"), make_image(home, "b")
    (home.environments / ".x.tmp").mkdir()
    assert clean_store(home, {kept.digest})
    assert ImageStore(home).find(kept.digest) == kept
    assert ImageStore(home).digests() == [kept.digest]
    for folder in (home.environments, home.runtimes, home.static, home.sources):
        (left,) = folder.iterdir()
        assert left.name.endswith("a")
    assert not other.venv.exists()


def test_packages_of_a_kept_image_stay_though_another_tree_of_it_is_gone(home: Home) -> None:
    image = make_image(home, "a")
    image.runtime.rmdir()
    clean_store(home, {image.digest})
    assert image.venv.is_dir()


def test_nothing_is_removed_while_a_build_is_under_way(home: Home) -> None:
    image = make_image(home, "a")
    with store_in_use(home):
        assert not clean_store(home, set())
    assert ImageStore(home).find(image.digest) == image
