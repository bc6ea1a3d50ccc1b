"""Fixtures and rules that all tests share: levels by folder, no skips in CI, short folders."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import hypothesis
import pytest
import pytest_socket

from tools.own_platform import Platform, processes_of, remove_folder, short_folder

TESTS = Path(__file__).parent

# Tests do not assert times: a busy machine is no failure.
hypothesis.settings.register_profile(
    "any-machine", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("any-machine")
# The marker that a folder gives to its tests; the other folders need nothing but Python.
LEVELS = {"integration": "integration", "runtime": "integration", "e2e": "e2e"}
WITHOUT_NETWORK = {"unit", "golden"}
# What a machine is or is not, and what nobody could install: skips that begin so are no lack.
FACTS_OF_LIFE = ("only root", "no control groups", "no Python")


def pytest_addoption(parser: pytest.Parser) -> None:
    """Options of our own."""
    parser.addoption(
        "--update-golden", action="store_true", help="write golden files anew from what is computed"
    )


def pytest_configure() -> None:
    """Let signals mean something to what tests start, also in the background or under nohup:
    there some are ignored, and what is ignored is inherited, while what is handled is not."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)
    for number in (signal.SIGHUP, signal.SIGQUIT):
        if signal.getsignal(number) is signal.SIG_IGN:
            signal.signal(number, lambda *_: None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark tests by the folder they are in, and run the quick levels first."""
    for item in items:
        marker = LEVELS.get(level_of(item))
        if marker and not item.get_closest_marker(marker):
            item.add_marker(marker)
    items.sort(key=lambda item: [marker in item.keywords for marker in ("e2e", "integration")])


def pytest_runtest_setup(item: pytest.Item) -> None:
    """Unit and golden tests reach no network; unix sockets are theirs to use."""
    if level_of(item) in WITHOUT_NETWORK:
        pytest_socket.disable_socket(allow_unix_socket=True)


def pytest_runtest_teardown(item: pytest.Item) -> None:
    """Give the network back to the next test."""
    if level_of(item) in WITHOUT_NETWORK:
        pytest_socket.enable_socket()


@pytest.hookimpl(hookwrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    """In CI a part that is missing is a failure: a skipped test fails there."""
    outcome = yield
    report = outcome.get_result()  # type: ignore[attr-defined]
    if not (report.skipped and os.environ.get("CI")) or hasattr(report, "wasxfail"):
        return
    reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else str(report.longrepr)
    if not reason.removeprefix("Skipped: ").startswith(FACTS_OF_LIFE):
        report.outcome = "failed"
        report.longrepr = f"skipped, and CI is set: {reason}"


def level_of(item: pytest.Item) -> str:
    """The folder below tests/ that a test is in: unit, golden, integration, e2e, …"""
    return item.path.relative_to(TESTS).parts[0] if item.path.is_relative_to(TESTS) else ""


@pytest.fixture
def update_golden(request: pytest.FixtureRequest) -> bool:
    """Whether golden files are to be written instead of compared."""
    return bool(request.config.getoption("--update-golden"))


@pytest.fixture
def short_tmp() -> Iterator[Path]:
    """A temporary folder with a short path, for unix sockets (107 bytes); removed afterwards."""
    folder = short_folder()
    yield folder
    remove_folder(folder)


@contextmanager
def as_nobody() -> Iterator[None]:
    """Lets modes hold the code within: root puts its rights away, others have none."""
    own = os.geteuid()
    if own == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(own)


@pytest.fixture(scope="session")
def platform() -> Iterator[Platform]:
    """A real platform on a home and a free port of its own, started by its command line."""
    started = Platform.prepare()
    try:
        started.start()
        yield started
    finally:
        left = started.stop()
        started.remove()
    assert not left, "still running after `nuages down --apps`: " + "; ".join(left)
    assert not processes_of(started.home)
