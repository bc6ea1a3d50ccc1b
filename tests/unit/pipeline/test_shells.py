"""Commands that an image without a shell cannot run."""

from __future__ import annotations

import pytest

from nuages.core.image import Blueprint
from nuages.pipeline.shells import shell_findings


@pytest.mark.parametrize(
    "command", ["sh -c 'a && b'", "/bin/bash start.sh", "poetry run bash x", "./bin/start.sh"]
)
def test_a_command_of_a_shell_is_said(command: str) -> None:
    blueprint = Blueprint("s", "wsgi", "", (("web", command),), (command,))
    one, two = shell_findings(blueprint)
    assert (one.code, two.code) == ("inspect.W242", "inspect.W242")
    assert "'web'" in one.message
    assert command in two.message
    assert "debian@12" in one.fix


@pytest.mark.parametrize("command", ["", "gunicorn mysite.wsgi", "celery -A x worker", "'"])
def test_any_other_is_not(command: str) -> None:
    assert not list(shell_findings(Blueprint("s", "wsgi", "", (("web", command),))))
