"""A worker as a process of its own: does what waits until nothing is left, then ends."""

# ruff: noqa: E402 - models can be imported once Django is set up
from __future__ import annotations

import os
import sys
from pathlib import Path

import django

django.setup()

from django.conf import settings
from django.db import connections

from nuages.control.state.models import Deployment, Status
from nuages.control.worker.claims import claim, own_name
from nuages.control.worker.job import Tools
from nuages.control.worker.perform import perform
from tests.control.fakes import FakeFlows, await_file, make_parts

connections["default"].settings_dict["NAME"] = os.environ["NUAGES_TEST_DATABASE"]


def main(start: Path, ready: Path) -> None:
    """Wait for the start, then claim and perform."""
    tools = Tools(make_parts(settings.NUAGES_HOME), FakeFlows())
    ready.touch()
    await_file(start)
    while Deployment.objects.filter(status=Status.WAITING).exists():
        deployment = claim(own_name())
        if deployment is not None:
            perform(deployment, tools)


main(Path(sys.argv[1]), Path(sys.argv[2]))
