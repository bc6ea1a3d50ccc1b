"""What an image is called in an archive and in an engine."""

from __future__ import annotations

import click
import pytest

from nuages.cli.commands.image.build import _checked_tag, build


@pytest.mark.parametrize(
    ("text", "name"),
    [
        ("polls", "polls:latest"),
        ("polls:1.0", "polls:1.0"),
        ("team/polls:V1_2-rc", "team/polls:V1_2-rc"),
        ("localhost:5000/team/polls:1", "localhost:5000/team/polls:1"),
    ],
)
def test_a_name_has_a_tag(text: str, name: str) -> None:
    assert _checked_tag(click.Context(build), build.params[0], text) == name


@pytest.mark.parametrize("text", ["", "Polls:1", "polls:", "polls 1", ":1", "-x:1", "a//b", "é:1"])
def test_what_no_engine_takes_is_refused(text: str) -> None:
    with pytest.raises(click.BadParameter):
        _checked_tag(click.Context(build), build.params[0], text)
