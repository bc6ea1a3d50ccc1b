"""A registry, a proxy before it that cuts connections, and stores of content."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from nuages.build.oci.blobs import Blobs
from nuages.build.registry.access import Access
from nuages.build.registry.reference import Reference
from tests.integration.registry.servers import CuttingProxy, FakeServer, Registry


@pytest.fixture(scope="module")
def registry(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Registry]:
    """Debian's registry, open to all who are on this machine."""
    started = Registry(tmp_path_factory.mktemp("registry")).start()
    yield started
    started.stop()


@pytest.fixture
def start() -> Iterator[Callable[[Any], Any]]:
    """Starts a server, and stops it afterwards."""
    with contextlib.ExitStack() as stack:

        def started(server: Any) -> Any:
            server.start()
            stack.callback(server.stop)
            return server

        yield started


@pytest.fixture
def proxy(registry: Registry, start: Callable[[Any], Any]) -> CuttingProxy:
    """Passes on to the registry; cuts what its `cuts` name."""
    made: CuttingProxy = start(CuttingProxy(registry.port))
    return made


@pytest.fixture
def fake(start: Callable[[Any], Any]) -> FakeServer:
    """A server that answers what a test tells it to."""
    made: FakeServer = start(FakeServer())
    return made


@pytest.fixture
def blobs(tmp_path: Path) -> Blobs:
    return Blobs(tmp_path / "store")


@pytest.fixture
def other_blobs(tmp_path: Path) -> Blobs:
    """A store with nothing in it, as another machine has."""
    return Blobs(tmp_path / "other-store")


@pytest.fixture
def pauses() -> list[float]:
    """The pauses that were made, in seconds."""
    return []


@pytest.fixture
def access(tmp_path: Path, pauses: list[float]) -> Access:
    """As nobody, in small chunks, without waiting."""
    return Access(cache=tmp_path / "cache", chunk=100_000, pause=pauses.append)


@pytest.fixture
def named(request: pytest.FixtureRequest) -> Callable[..., Reference]:
    """A reference on a server, in a repository of the test's own."""
    repository = f"tests/{abs(hash(request.node.nodeid)):x}"

    def reference(host: str, name: str = "app", tag: str = "1.0") -> Reference:
        return Reference(host, f"{repository}/{name}", tag)

    return reference
