"""Which links stay inside of their tree."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuages.source.links import stays_inside


@pytest.mark.parametrize(
    ("path", "target"),
    [("a", "b"), ("a/b", "../c"), ("a/b/c", "../../d/e"), ("a", "./b/"), ("a/b", "..")],
)
def test_a_link_down_or_up_to_the_root_stays(path: str, target: str) -> None:
    assert stays_inside(path, target)


@pytest.mark.parametrize(
    ("path", "target"),
    [("a", ".."), ("a", "../b"), ("a/b", "../../c"), ("a", "/etc"), ("a", "b/../c"), ("a", "")],
)
def test_any_other_does_not(path: str, target: str) -> None:
    assert not stays_inside(path, target)


_PARTS = st.sampled_from(["a", "b", "..", "."])


@given(st.lists(st.tuples(st.sampled_from(["a", "b", "a/b"]), st.lists(_PARTS, max_size=5))))
def test_no_chain_of_kept_links_leads_out(tmp_path_factory, links) -> None:
    root = tmp_path_factory.mktemp("tree").resolve() / "root"
    root.mkdir()
    for path, parts in links:
        place = root / path
        if place.is_symlink() or place.exists() or place.parent.is_symlink():
            continue
        place.parent.mkdir(exist_ok=True)
        if stays_inside(path, "/".join(parts)):
            place.symlink_to("/".join(parts))
    for link in root.rglob("*"):
        try:
            resolved = link.resolve()
        except (RuntimeError, OSError):
            continue
        assert resolved == root or root in resolved.parents


def test_a_link_cannot_be_entered_twice(tmp_path: Path) -> None:
    assert not stays_inside("x", "link/../../outside")
