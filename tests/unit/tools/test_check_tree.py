"""The rules on the tree: no registry hosts, anchored ignore patterns."""

import pytest

from tools.check_tree import REGISTRIES, check_ignore, check_registries


@pytest.mark.parametrize("host", REGISTRIES)
def test_the_host_of_a_registry_is_found(host: str) -> None:
    found = list(check_registries("a.toml", f"\nindex = 'https://{host}/simple'"))

    assert found == [f"a.toml:2: names the registry host {host}"]


def test_a_name_that_only_ends_alike_is_not_found() -> None:
    assert list(check_registries("a.txt", "see my" + REGISTRIES[0])) == []


def test_a_bare_folder_pattern_is_found() -> None:
    assert len(list(check_ignore("build/\n"))) == 1


@pytest.mark.parametrize("line", ["/build/", "# build/", "", "*.pyc", "!/docs/build/"])
def test_anchored_and_harmless_lines_are_fine(line: str) -> None:
    assert list(check_ignore(line)) == []
