"""What the engine and the agent say to each other: one JSON object a line, over a unix socket.

A request is `{"op": …}` with the operation's fields; its answer `{"ok": true, …}` or
`{"error": {…}}`. Answers come in the order of the requests of a connection. `run` hands over
two descriptors (input and output) with the request and gets a second line when it has ended.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from nuages.core.errors import ErrorCode, NuagesError
from nuages.core.process import Kind, Limits

# Raised when a change makes an agent and an engine of different versions misunderstand.
PROTOCOL = 2

# Descriptors inside an instance, fixed by contract with nuages_runtime.
LISTENER_FD = 3
READY_FD = 4
GATE_FD = 5
# Where the launch document is read: after the three above, or first where there are none.
WEB_DOCUMENT_FD = 6
DOCUMENT_FD = 3
# Where an instance keeps the sockets of StatsD, of UDP and TCP: above what anybody looks at.
STATSD_FDS = (20, 21)
# Of the StatsD exporter: where those sockets are handed to it, and where it is asked.
HANDED_FD = 3
METRICS_FD = 4
EXPORTER_DOCUMENT_FD = 5
# A one-off with this purpose goes on when its client disappears, and the next one waits for it.
RELEASE_PURPOSE = "release"


@dataclass(frozen=True, slots=True)
class Bind:
    """A folder `source` that is shown inside of another one: at the relative path `inside` of
    `folder`, whose content is an app's, so that no link there may be followed."""

    source: str
    folder: str
    inside: str
    writable: bool


@dataclass(frozen=True, slots=True)
class Launch:
    """How one program is started: `argv` of the sandbox, the launch `document` that the first
    program inside reads (with config vars, so this value is never written anywhere), its
    `limits`, whether it has a network. `binds` are there before the sandbox is made, for it
    alone. `sandboxed` is off only after --unsafe-no-sandbox."""

    argv: tuple[str, ...]
    document: Mapping[str, Any]
    limits: Limits
    network: bool = True
    sandboxed: bool = True
    binds: tuple[Bind, ...] = ()

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "argv": list(self.argv),
            "document": dict(self.document),
            "limits": asdict(self.limits),
            "network": self.network,
            "sandboxed": self.sandboxed,
            "binds": [asdict(bind) for bind in self.binds],
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Launch:
        """From what `to_json` gave. Raises KeyError and TypeError on anything else."""
        return cls(
            tuple(data["argv"]),
            data["document"],
            Limits(**data["limits"]),
            data["network"],
            data["sandboxed"],
            tuple(Bind(**row) for row in data["binds"]),
        )


@dataclass(frozen=True, slots=True)
class ProcessPlan:
    """One process type of a release: how many instances, and how each is started."""

    name: str
    kind: Kind
    count: int
    launch: Launch

    def to_json(self) -> dict[str, Any]:
        """As a JSON object."""
        return {
            "name": self.name,
            "kind": self.kind.value,
            "count": self.count,
            "launch": self.launch.to_json(),
        }

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> ProcessPlan:
        """From what `to_json` gave. Raises KeyError, TypeError and ValueError."""
        launch = Launch.from_json(data["launch"])
        return cls(data["name"], Kind(data["kind"]), int(data["count"]), launch)


def encode(message: Mapping[str, Any]) -> bytes:
    """One line."""
    return json.dumps(message, separators=(",", ":")).encode() + b"\n"


def encode_error(error: NuagesError) -> dict[str, Any]:
    """An error as an answer."""
    return {
        "error": {
            "code": asdict(error.code),
            "message": error.message,
            "details": error.details,
            "hint": error.hint,
        }
    }


def decode_error(data: Mapping[str, Any]) -> NuagesError:
    """The error of an answer, with the code it was raised with."""
    code = ErrorCode(**data["code"])
    return NuagesError(code, data["message"], details=data["details"], hint=data["hint"])
