"""Names of apps and environments."""

from __future__ import annotations

import pytest

from nuages.core.app import EnvironmentName
from nuages.core.errors import NuagesError


def test_an_environment_is_named_with_its_app() -> None:
    assert EnvironmentName.parse("polls") == EnvironmentName("polls", "live")
    assert EnvironmentName.parse("polls@test").label == "polls-test"


@pytest.mark.parametrize("text", ["Polls", "1polls", "polls@", "polls@Test", "a" * 41, "a--b"])
def test_what_is_no_host_label_is_no_name(text: str) -> None:
    with pytest.raises(NuagesError, match="cannot name an app"):
        EnvironmentName.parse(text)


def test_a_host_label_has_at_most_63_characters() -> None:
    assert len(EnvironmentName.parse(f"{'a' * 40}@{'b' * 22}").label) == 63
    with pytest.raises(NuagesError, match="64 characters"):
        EnvironmentName.parse(f"{'a' * 40}@{'b' * 23}")
