"""The engine contract on the fake engine."""

from __future__ import annotations

from pathlib import Path

import pytest

from nuages.core.app import EnvironmentName
from nuages.core.engine import OneOff
from nuages.core.image import Blueprint, Image, ProbeReport
from nuages.core.process import Kind, ProcessSpec
from nuages.core.release import Release
from nuages.testing.engine import FakeEngine
from nuages.testing.engine_contract import EngineCase, EngineContract

NOWHERE = Path("/nowhere")
IMAGE = Image(
    "sha256:0",
    NOWHERE,
    NOWHERE,
    NOWHERE,
    None,
    "",
    None,
    "3.12.1",
    ".",
    ProbeReport("5.2", "3.12.1", "mysite.settings"),
    Blueprint("mysite.settings", "wsgi", "", ()),
)
POLLS = EnvironmentName("polls")


class TestFakeEngine(EngineContract):
    """The promises that tests above an engine rely on."""

    @pytest.fixture
    def case(self, tmp_path: Path) -> EngineCase:
        engine = FakeEngine(tmp_path)

        def make_release(version: int, working: bool) -> Release:
            engine.failing = "" if working else "ended with exit code 1"
            web = ProcessSpec("web", ("serve",), Kind.WEB)
            return Release(POLLS, version, IMAGE, {}, (web,), ("polls.localhost",))

        def make_one_off(code: int) -> OneOff:
            engine.run = lambda _one_off: (b"printed\n", code)
            return OneOff(POLLS, IMAGE, ("print",), {}, "run")

        return EngineCase(engine, make_release, make_one_off, lambda: None)
