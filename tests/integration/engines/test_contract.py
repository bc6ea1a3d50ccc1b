"""The engine contract on the local engine: real sandboxes, real processes."""

from __future__ import annotations

import threading
from dataclasses import replace

import pytest

from nuages.core.engine import OneOff
from nuages.core.release import Release
from nuages.testing.engine_contract import EngineCase, EngineContract
from tests.integration.engines.conftest import POLLS, World


class TestLocalEngine(EngineContract):
    """Every promise, kept by processes."""

    @pytest.fixture
    def case(self, world: World) -> EngineCase:
        def make_release(version: int, working: bool) -> Release:
            release = world.release(version, **({} if working else {"BROKEN": "import"}))
            return replace(release, processes=release.processes[:1])

        def make_one_off(code: int) -> OneOff:
            program = f"print('printed', flush=True); raise SystemExit({code})"
            argv = ("/venv/bin/python", "-c", program)
            return OneOff(POLLS, world.image, argv, {}, "run")

        def settled() -> None:
            pause = threading.Event()
            for _ in range(1000):
                if all(one.status != "stopping" for one in world.engine.instances()):
                    return
                pause.wait(0.02)
            pytest.fail("something does not stop")

        return EngineCase(world.engine, make_release, make_one_off, settled)
