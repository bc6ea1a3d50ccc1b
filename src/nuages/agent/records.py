"""What the agent remembers on disk, so that the next one finds what runs: never a config var."""

from __future__ import annotations

import contextlib
import json
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from nuages.core.home import Home
from nuages.core.process import Kind
from nuages.core.service import ServiceSpec
from nuages.system.files import write_atomic
from nuages.system.processes import Identity, boot_id, identify


@dataclass(frozen=True, slots=True)
class InstanceRecord:
    """One running copy. `inode` is the one of its release's listening socket (0: none);
    `number` its place on the bridge; `offset` where its output begins in its log. A one-off
    has release 0 and its purpose as `process`."""

    id: str
    key: str
    label: str
    version: int
    process: str
    kind: Kind
    slot: int
    outer: Identity
    inner: Identity | None
    started: float
    status: str
    restarts: int
    log: str
    offset: int
    inode: int = 0
    number: int | None = None
    pasta: Identity | None = None


@dataclass(frozen=True, slots=True)
class ServiceRecord:
    """A service: what it is, its processes where it runs, the inodes of its sockets."""

    spec: ServiceSpec
    outer: Identity | None = None
    inner: Identity | None = None
    started: float | None = None
    inodes: tuple[int, ...] = ()


class Records:
    """Reads and writes records below HOME/agent. Those of another boot are no longer true."""

    def __init__(self, home: Home) -> None:
        self._instances = home.agent / "instances"
        self._services = home.agent / "services.json"
        self._boot = boot_id()
        self._instances.mkdir(parents=True, exist_ok=True)

    def discard_unfinished(self) -> None:
        """Remove what an agent was writing when it was killed. For the agent alone."""
        services = self._services.parent.glob(f".{self._services.name}.*.tmp")
        for path in (*self._instances.glob(".*.tmp"), *services):
            path.unlink(missing_ok=True)

    def save_instance(self, record: InstanceRecord) -> None:
        """Remember an instance, or what became of it."""
        document = {"boot": self._boot, **asdict(record)}
        _write(self._path(record.id), document)

    def forget_instance(self, name: str) -> None:
        """It has ended."""
        self._path(name).unlink(missing_ok=True)

    def instances(self) -> list[InstanceRecord]:
        """Everything that was running when the agent before us ended; of this boot only."""
        found = []
        for path in sorted(self._instances.glob("*.json")):
            try:
                document = json.loads(path.read_text())
                if document.pop("boot") == self._boot:
                    found.append(_instance(document))
                    continue
            except (OSError, ValueError, KeyError, TypeError) as error:
                print(f"nuages agent: {path} is dropped: {error!r}", file=sys.stderr)  # noqa: T201
            path.unlink(missing_ok=True)
        return found

    def save_services(self, records: list[ServiceRecord]) -> None:
        """Remember all services."""
        rows = [{**asdict(record), "spec": _spec_to_json(record.spec)} for record in records]
        write_atomic(self._services, json.dumps({"boot": self._boot, "services": rows}), mode=0o600)

    def services(self) -> list[ServiceRecord]:
        """All services; after a reboot without the processes that are gone."""
        try:
            document = json.loads(self._services.read_text())
            same = document["boot"] == self._boot
            return [_service(row, same_boot=same) for row in document["services"]]
        except FileNotFoundError:
            return []
        except (ValueError, KeyError, TypeError) as error:
            print(f"nuages agent: {self._services} is dropped: {error!r}", file=sys.stderr)  # noqa: T201
            return []

    def _path(self, name: str) -> Path:
        return self._instances / f"{name}.json"


def _write(path: Path, document: dict[str, Any]) -> None:
    """On a full disk what runs goes on; only the next agent would not find it."""
    try:
        write_atomic(path, json.dumps(document), mode=0o600)
    except OSError as error:
        with contextlib.suppress(OSError):
            print(f"nuages agent: {path} is not written: {error}", file=sys.stderr)  # noqa: T201


def has_orphans(home: Home) -> bool:
    """Whether something runs that an agent before has started. Asked where no agent runs: that
    one was killed, and the next one takes it over."""
    if not home.agent.is_dir():
        return False
    records = Records(home)
    known = [who for row in records.instances() for who in (row.outer, row.inner)]
    known += [who for row in records.services() for who in (row.outer, row.inner)]
    return any(who is not None and identify(who.pid) == who for who in known)


def _spec_to_json(spec: ServiceSpec) -> dict[str, Any]:
    return {**asdict(spec), "log": str(spec.log)}


def spec_from_json(data: dict[str, Any]) -> ServiceSpec:
    """A service as the engine hands it over. Raises KeyError and TypeError."""
    return ServiceSpec(
        name=data["name"],
        argv=tuple(data["argv"]),
        env=tuple((name, value) for name, value in data["env"]),
        log=Path(data["log"]),
        listen=tuple(data["listen"]),
        grace=float(data["grace"]),
    )


def _identity(data: dict[str, int] | None) -> Identity | None:
    return None if data is None else Identity(data["pid"], data["start"])


def _instance(data: dict[str, Any]) -> InstanceRecord:
    outer = _identity(data["outer"])
    if outer is None:
        raise ValueError("no process")
    known = {"outer": outer, "inner": _identity(data["inner"]), "pasta": _identity(data["pasta"])}
    return InstanceRecord(**{**data, **known, "kind": Kind(data["kind"])})


def _service(data: dict[str, Any], *, same_boot: bool) -> ServiceRecord:
    spec = spec_from_json(data["spec"])
    if not same_boot:
        return ServiceRecord(spec)
    return ServiceRecord(
        spec,
        _identity(data["outer"]),
        _identity(data["inner"]),
        data["started"],
        tuple(data["inodes"]),
    )
