"""An image made anew of the source that is kept for it, with other plain config vars."""

from __future__ import annotations

from nuages.build.store import ImageStore
from nuages.core.errors import NuagesError
from nuages.core.event import Step
from nuages.core.home import Home
from nuages.core.image import Image
from nuages.core.overrides import Overrides
from nuages.core.source import Source
from nuages.core.state import AppState
from nuages.inspect.inspection import Inspection, inspect_project
from nuages.pipeline.build import build_image
from nuages.pipeline.errors import SOURCE_GONE
from nuages.pipeline.refusal import refuse_errors
from nuages.pipeline.steps import Steps
from nuages.pipeline.values import BuildRequest, Parts


def rebuild_image(state: AppState, former: Image, parts: Parts, steps: Steps) -> Image:
    """The source of `former`, inspected and built as `state` has it now. Raises pipeline.E002
    and E006, and what a build raises."""
    with steps.step(Step.INSPECT, "Reading the project again"):
        source = _kept_source(former, parts.home)
        project = _inspect(source, former, state)
        refuse_errors(project.findings)
    with steps.step(Step.BUILD, "Building the image again"):
        request = BuildRequest(
            state, source, project, former.blueprint.overlay, former=former.digest
        )
        return build_image(request, parts, steps).image


def _inspect(source: Source, former: Image, state: AppState) -> Inspection:
    """What reading the source tells about the same project in it, also where somebody had to
    point at that."""
    found = inspect_project(source, Overrides(variables=state.build_config))
    if found.facts.root.value == former.project:
        return found
    return inspect_project(source, Overrides(former.project, variables=state.build_config))


def _kept_source(image: Image, home: Home) -> Source:
    path = home.sources / image.source_digest.removeprefix("sha256:")
    files = tuple(file for file in ImageStore(home).files(image.digest) if not file.of)
    if not image.source_digest or not path.is_dir():
        raise NuagesError(SOURCE_GONE, f"The source of {image.digest} is not kept")
    return Source(
        path, image.source_digest, "", image.source_name, files, commit=image.source_commit
    )
