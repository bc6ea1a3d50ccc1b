"""The pipelines as the worker's jobs call them: one method a flow, loaded when it is wanted."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Protocol

from nuages.core.app import EnvironmentName
from nuages.core.event import Record
from nuages.core.home import Home
from nuages.core.secret import Secret
from nuages.core.state import AppState, ReleaseRecord
from nuages.pipeline.values import Deployed, DeployRequest, Parts


@dataclass(frozen=True, slots=True)
class ImageFacts:
    """What a release's row keeps of its image: (name, command) of each process type, versions."""

    processes: tuple[tuple[str, str], ...] = ()
    source_digest: str = ""
    django: str = ""
    python: str = ""


class Flows(Protocol):
    """What the jobs need of the pipelines. All raise NuagesError."""

    def describe_image(self, home: Home, digest: str) -> ImageFacts:
        """What is worth keeping of an image in the store."""

    def deploy(self, request: DeployRequest, parts: Parts, record: Record) -> Deployed:
        """A source put live."""

    def rollback(
        self,
        state: AppState,
        target: ReleaseRecord,
        config: Mapping[str, Secret],
        parts: Parts,
        record: Record,
    ) -> Deployed:
        """An earlier release's image as a new release."""

    def configure(
        self, state: AppState, parts: Parts, record: Record, *, rebuild: bool
    ) -> Deployed:
        """The running image with the config vars and host names in `state`; with `rebuild` one
        made anew of its source."""

    def scale(
        self, state: AppState, counts: Mapping[str, int], parts: Parts, record: Record
    ) -> None:
        """Other numbers of instances."""

    def restart(self, state: AppState, parts: Parts, record: Record) -> None:
        """Every instance replaced."""

    def destroy(self, environment: EnvironmentName, parts: Parts, record: Record) -> None:
        """An environment removed with its data."""

    def take_back(self, state: AppState, version: int, parts: Parts) -> None:
        """A release that never got the traffic stopped, the host names as they were."""

    def declare(self, state: AppState, parts: Parts) -> None:
        """What should run, said again."""

    def finish(
        self, state: AppState, version: int, keep: Collection[str], parts: Parts, record: Record
    ) -> None:
        """The former releases drained and stopped, images that nobody wants removed."""

    def clean(self, keep: Collection[str], parts: Parts) -> None:
        """Images that are not among `keep` removed, with what only they need."""


class PipelineFlows:
    """The real ones, from nuages.pipeline. Loading them takes 50 ms and 10 MB: the first
    deployment pays for it, not a platform that only keeps apps running."""

    def describe_image(self, home: Home, digest: str) -> ImageFacts:
        """See Flows."""
        from nuages.build.store import ImageStore  # noqa: PLC0415

        image = ImageStore(home).load(digest)
        return ImageFacts(
            image.blueprint.processes,
            image.source_digest,
            image.report.django,
            image.python_version,
        )

    def deploy(self, request: DeployRequest, parts: Parts, record: Record) -> Deployed:
        """See Flows."""
        from nuages.pipeline.deploy import deploy  # noqa: PLC0415

        return deploy(request, parts, record)

    def rollback(
        self,
        state: AppState,
        target: ReleaseRecord,
        config: Mapping[str, Secret],
        parts: Parts,
        record: Record,
    ) -> Deployed:
        """See Flows."""
        from nuages.pipeline.rollback import rollback  # noqa: PLC0415

        return rollback(state, target, config, parts, record)

    def configure(
        self, state: AppState, parts: Parts, record: Record, *, rebuild: bool
    ) -> Deployed:
        """See Flows."""
        from nuages.pipeline.configure import configure  # noqa: PLC0415

        return configure(state, parts, record, rebuild=rebuild)

    def scale(
        self, state: AppState, counts: Mapping[str, int], parts: Parts, record: Record
    ) -> None:
        """See Flows."""
        from nuages.pipeline.scale import scale  # noqa: PLC0415

        scale(state, counts, parts, record)

    def restart(self, state: AppState, parts: Parts, record: Record) -> None:
        """See Flows."""
        from nuages.pipeline.restart import restart  # noqa: PLC0415

        restart(state, parts, record)

    def destroy(self, environment: EnvironmentName, parts: Parts, record: Record) -> None:
        """See Flows."""
        from nuages.pipeline.destroy import destroy  # noqa: PLC0415

        destroy(environment, parts, record)

    def take_back(self, state: AppState, version: int, parts: Parts) -> None:
        """See Flows."""
        from nuages.pipeline.activate import take_back  # noqa: PLC0415

        take_back(state, version, parts.engine)

    def declare(self, state: AppState, parts: Parts) -> None:
        """See Flows."""
        from nuages.pipeline.declare import declare  # noqa: PLC0415

        declare(state, parts)

    def finish(
        self, state: AppState, version: int, keep: Collection[str], parts: Parts, record: Record
    ) -> None:
        """See Flows."""
        from nuages.pipeline.finish import finish  # noqa: PLC0415

        finish(state, version, keep, parts, record)

    def clean(self, keep: Collection[str], parts: Parts) -> None:
        """See Flows."""
        from nuages.build.retention import clean_store  # noqa: PLC0415

        clean_store(parts.home, keep)
