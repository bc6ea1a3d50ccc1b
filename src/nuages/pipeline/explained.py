"""Errors of a flow get the causes that the project's output shows."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nuages.build.store import ImageStore
from nuages.core.errors import NuagesError
from nuages.core.facts import Dependencies, Facts
from nuages.core.home import Home
from nuages.core.image import Image
from nuages.core.source import Source
from nuages.core.state import AppState
from nuages.diagnose.context import Context, module_names

_VERSION = re.compile(r"\d+(\.\d+)+")


@contextmanager
def explained(context: Callable[[], Context]) -> Iterator[None]:
    """A NuagesError of what is inside goes on its way with its causes. `context`, what is known
    of the app, is asked for only then."""
    try:
        yield
    except NuagesError as error:
        if not error.causes:
            from nuages.diagnose.diagnose import diagnose  # noqa: PLC0415 many patterns

            error.causes = diagnose(error.message, error.details, context())
        raise


def source_context(state: AppState, source: Source, facts: Facts) -> Context:
    """What is known of an app before its image is there."""
    dependencies = facts.dependencies.value
    python = facts.python.value
    return Context(
        app=str(state.environment),
        dependencies=dependencies,
        python=python if _VERSION.fullmatch(python) else "",
        django=dict(dependencies.pins).get("django", ""),
        modules=module_names((file.path for file in source.files), facts.root.value),
    )


def image_context(
    state: AppState, image: Image, home: Home, dependencies: Dependencies | None = None
) -> Context:
    """What is known of an app by its image."""
    try:
        files = ImageStore(home).files(image.digest)
    except NuagesError:
        # It is just being removed.
        files = ()
    return Context(
        app=str(state.environment),
        dependencies=dependencies,
        python=image.python_version,
        django=image.report.django,
        application=image.blueprint.application or Context().application,
        modules=module_names((file.path for file in files), image.project),
    )
