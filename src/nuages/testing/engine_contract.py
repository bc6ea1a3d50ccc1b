"""What every engine has to keep: a suite that a test module takes by subclassing.

class TestMine(EngineContract):
    @pytest.fixture
    def case(self): yield EngineCase(engine, make_release, make_one_off)
"""

# ruff: noqa: S101

from __future__ import annotations

import contextlib
from collections.abc import Callable
from dataclasses import dataclass, replace

import pytest

from nuages.core.app import EnvironmentName
from nuages.core.engine import Engine, InstanceStatus, OneOff
from nuages.core.errors import NuagesError
from nuages.core.release import Release

ELSEWHERE = EnvironmentName("elsewhere")


@dataclass(frozen=True)
class EngineCase:
    """An engine to be held to the contract. `make_release(version, working)` gives releases of
    one environment with a `web` process type, of which one that does not work never becomes
    ready; `make_one_off(code)` a one-off that prints `printed` and a newline and ends with that
    code. `settled` blocks until what was told to stop has stopped."""

    engine: Engine
    make_release: Callable[[int, bool], Release]
    make_one_off: Callable[[int], OneOff]
    settled: Callable[[], None]

    def live(self, version: int = 1) -> Release:
        """A release that is ready."""
        release = self.make_release(version, True)
        self.engine.start(release, ["web"], gated=False)
        self.engine.wait_ready(release)
        return release

    def of(self, release: Release) -> list[InstanceStatus]:
        """The instances of one release."""
        found = self.engine.instances(release.environment)
        return [one for one in found if one.release == release.version]


class EngineContract:
    """One test for each promise of core.engine.Engine."""

    def test_a_volume_is_made_once(self, case: EngineCase) -> None:
        one = case.engine.ensure_volume(ELSEWHERE)
        assert one.path.is_dir()
        assert case.engine.ensure_volume(ELSEWHERE) == one

    def test_started_instances_become_ready(self, case: EngineCase) -> None:
        release = case.live()
        assert [one.status for one in case.of(release)] == ["ready"]

    def test_instances_of_other_environments_are_not_shown(self, case: EngineCase) -> None:
        case.live()
        assert case.engine.instances(ELSEWHERE) == []

    def test_starting_again_starts_only_what_is_missing(self, case: EngineCase) -> None:
        release = case.live()
        before = [one.pid for one in case.of(release)]
        case.engine.start(release, ["web"], gated=False)
        assert [one.pid for one in case.of(release)] == before

    def test_gated_instances_are_ready_only_after_the_gate(self, case: EngineCase) -> None:
        release = case.make_release(1, True)
        case.engine.start(release, ["web"], gated=True)
        assert [one.status for one in case.of(release)] == ["starting"]
        case.engine.open_gate(release)
        case.engine.wait_ready(release)
        assert [one.status for one in case.of(release)] == ["ready"]

    def test_a_release_that_does_not_work_is_an_error(self, case: EngineCase) -> None:
        release = case.make_release(1, False)
        case.engine.start(release, ["web"], gated=False)
        with pytest.raises(NuagesError, match="instance"):
            case.engine.wait_ready(release)

    def test_nothing_has_the_traffic_before_a_switch(self, case: EngineCase) -> None:
        release = case.live()
        assert case.engine.current(release.environment) is None

    def test_a_switch_gives_the_traffic_and_can_be_taken_back(self, case: EngineCase) -> None:
        one, two = case.live(1), case.live(2)
        for release in (one, two, one):
            case.engine.switch(release, serve_media=True)
            assert case.engine.current(release.environment) == release.version

    @pytest.mark.parametrize("drain", [True, False])
    def test_a_retired_release_is_gone_and_the_other_stays(
        self, case: EngineCase, drain: bool
    ) -> None:
        one, two = case.live(1), case.live(2)
        case.engine.retire(one.environment, 1, drain=drain)
        case.settled()
        assert case.of(one) == []
        assert [one.status for one in case.of(two)] == ["ready"]

    def test_retiring_what_does_not_run_is_no_error(self, case: EngineCase) -> None:
        case.engine.retire(ELSEWHERE, 7, drain=True)

    def test_scaling_holds_until_it_is_changed(self, case: EngineCase) -> None:
        release = case.live()
        for count in (3, 1, 2):
            case.engine.scale(release, {"web": count})
            case.settled()
            assert [one.status for one in case.of(release)] == ["ready"] * count

    def test_a_restart_replaces_every_process(self, case: EngineCase) -> None:
        release = case.live()
        before = {one.pid for one in case.of(release)}
        case.engine.restart(release)
        case.settled()
        after = {one.pid for one in case.of(release)}
        assert len(after) == len(before)
        assert not before & after

    def test_one_offs_give_output_and_exit_code(self, case: EngineCase) -> None:
        for code in (0, 7):
            printed: list[bytes] = []
            assert case.engine.run_once(case.make_one_off(code), printed.append) == code
            assert b"".join(printed) == b"printed\n"

    def test_a_session_gives_output_and_exit_code(self, case: EngineCase) -> None:
        session = case.engine.open(case.make_one_off(3))
        assert b"".join(session.output()) == b"printed\n"
        assert session.wait() == 3

    def test_a_live_environment_is_measured(self, case: EngineCase) -> None:
        text = case.engine.metrics(case.live().environment)
        assert text.endswith("\n")

    def test_a_removed_environment_has_nothing_left(self, case: EngineCase) -> None:
        release = case.live()
        case.engine.set_hosts(release.environment, release.hosts)
        case.engine.switch(release, serve_media=False)
        case.engine.remove(release.environment, data=True)
        assert case.of(release) == []
        assert case.engine.current(release.environment) is None

    def test_removing_what_is_not_there_is_no_error(self, case: EngineCase) -> None:
        case.engine.remove(ELSEWHERE, data=True)

    def test_a_failed_restart_leaves_the_old_instances(self, case: EngineCase) -> None:
        release = case.live()
        before = {one.pid for one in case.of(release)}
        broken = replace(case.make_release(1, False), version=release.version)
        with contextlib.suppress(NuagesError):
            case.engine.restart(broken)
        assert before <= {one.pid for one in case.of(release)}
