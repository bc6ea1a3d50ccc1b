"""What happened, as it happens: steps of a deployment with their durations, and remarks."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Step(StrEnum):
    """The steps of a deployment, in order (PRODUCT: "A deployment, step by step")."""

    SOURCE = "source"
    INSPECT = "inspect"
    BUILD = "build"
    ASSEMBLE = "assemble"
    RELEASE = "release"
    START = "start"
    READY = "ready"
    SWITCH = "switch"
    DRAIN = "drain"
    CLEAN = "clean"


@dataclass(frozen=True, slots=True)
class Event:
    """`kind` is `step.started`, `step.done`, `step.failed`, `said`, or a noun and a past
    participle such as `release.switched`; `seconds` is set where something took time."""

    kind: str
    message: str
    step: str = ""
    seconds: float | None = None
    data: Mapping[str, object] = field(default_factory=dict)


Record = Callable[[Event], None]
