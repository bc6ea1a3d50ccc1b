"""Real Djangos and unprepared projects for the runtime's tests."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.runtime.environments import Environments, make_environments
from tests.runtime.projects import Project, copy_polls, make_polls

HERE = Path(__file__).parent
Make = Callable[[str], Project]


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All of these run processes of a real Django."""
    for item in items:
        if item.path.is_relative_to(HERE):
            item.add_marker(pytest.mark.integration)


@pytest.fixture(scope="session")
def environments() -> Iterator[Environments]:
    """Environments that are made when first asked for, and removed at the end."""
    folder, environments = make_environments()
    with folder:
        yield environments


@pytest.fixture
def make_project(environments: Environments, short_tmp: Path) -> Make:
    """Makes a polls site for a kind of environment."""

    def make(kind: str) -> Project:
        environment = environments.get(kind)
        template = environments.folder(kind, "polls")
        if not template.exists():
            make_polls(environment, template)
        return copy_polls(template, environment, short_tmp)

    return make


@pytest.fixture(params=["1.11", "4.2", "5.2"])
def any_polls(request: pytest.FixtureRequest, make_project: Make) -> Project:
    """The polls site on an old, a middle and a new Django in turn."""
    return make_project(request.param)


@pytest.fixture
def polls(make_project: Make) -> Project:
    """The polls site on the newest Django with long support."""
    return make_project("5.2")
