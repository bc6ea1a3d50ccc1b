"""What the agent remembers on disk, so that the next one finds what runs: never a config var.

The next one may be of another version: what it does not know is passed over, and what runs by a
record that it cannot understand is ended, so that nothing runs that nobody knows of.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Any

from nuages.core.home import Home
from nuages.core.process import Kind
from nuages.core.service import ServiceSpec
from nuages.system.files import write_atomic
from nuages.system.processes import Identity, boot_id, identify, open_process, send_signal

_KEY = re.compile(r".+\.v[0-9]+")


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
        _remove(self._path(name))

    def instances(self) -> list[InstanceRecord]:
        """Everything that was running when the agent before us ended; of this boot only. A
        record that is not understood is one of a one-off without a purpose."""
        found = []
        for path, record in _read_instances(self._instances, self._boot):
            if record is None:
                _remove(path)
            else:
                found.append(record)
        return found

    def save_services(self, records: list[ServiceRecord]) -> None:
        """Remember all services."""
        rows = [{**asdict(record), "spec": _spec_to_json(record.spec)} for record in records]
        _write(self._services, {"boot": self._boot, "services": rows})

    def services(self) -> list[ServiceRecord]:
        """All services; after a reboot without the processes that are gone. One that is not
        understood is ended."""
        found = []
        for row, service in _read_services(self._services, self._boot):
            if service is None:
                for who in _identities(row):
                    _end(who)
            else:
                found.append(service)
        return found

    def _path(self, name: str) -> Path:
        return self._instances / f"{name}.json"


def has_orphans(home: Home) -> bool:
    """Whether something runs that an agent before has started. Asked where no agent runs: that
    one was killed, and the next one takes it over. Nothing is changed."""
    boot = boot_id()
    known: list[Identity | None] = []
    for _, record in _read_instances(home.agent / "instances", boot):
        known += [record.outer, record.inner] if record else []
    for row, _ in _read_services(home.agent / "services.json", boot):
        known += _identities(row)
    return any(who is not None and identify(who.pid) == who for who in known)


def _write(path: Path, document: dict[str, Any]) -> None:
    """On a full disk what runs goes on; only the next agent would not find it."""
    try:
        write_atomic(path, json.dumps(document), mode=0o600)
    except OSError as error:
        _say(f"{path} is not written: {error}")


def _remove(path: Path) -> None:
    """What is left of a record is found false by the next agent."""
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        _say(f"{path} is not removed: {error}")


def _say(what: str) -> None:
    with contextlib.suppress(OSError):
        print(f"nuages agent: {what}", file=sys.stderr)  # noqa: T201


def _end(who: Identity) -> None:
    descriptor = open_process(who)
    if descriptor is not None:
        send_signal(descriptor, signal.SIGKILL)
        os.close(descriptor)


def _read_instances(folder: Path, boot: str) -> Iterator[tuple[Path, InstanceRecord | None]]:
    """Each record with its file; None where it is of another boot, or names no process."""
    for path in sorted(folder.glob("*.json")):
        record = None
        try:
            document = json.loads(path.read_text())
            if document["boot"] == boot:
                record = _instance(path.stem, document)
        except (OSError, ValueError, KeyError, TypeError) as error:
            _say(f"{path} is dropped: {error!r}")
        yield path, record


def _read_services(path: Path, boot: str) -> Iterator[tuple[Any, ServiceRecord | None]]:
    """Each row with its service; None where that is not understood."""
    try:
        document = json.loads(path.read_text())
        same, rows = document["boot"] == boot, list(document["services"])
    except FileNotFoundError:
        return
    except (OSError, ValueError, KeyError, TypeError) as error:
        _say(f"{path} is dropped: {error!r}")
        return
    for row in rows:
        try:
            yield row, _service(row, same_boot=same)
        except (ValueError, KeyError, TypeError) as error:
            _say(f"a service in {path} is dropped: {error!r}")
            yield (row if same else None), None


def _identities(row: Any) -> list[Identity]:
    """The processes of a record that may not be understood otherwise."""
    found = []
    for name in ("outer", "inner"):
        with contextlib.suppress(KeyError, TypeError):
            who = _identity(row[name])
            if who is not None:
                found.append(who)
    return found


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
        # An agent of before this version did not write these.
        nice=int(data.get("nice", 0)),
        timer_slack=float(data.get("timer_slack", 0)),
    )


def _identity(data: dict[str, int] | None) -> Identity | None:
    return None if data is None else Identity(data["pid"], data["start"])


def _instance(name: str, data: dict[str, Any]) -> InstanceRecord:
    outer = _identity(data["outer"])
    if outer is None:
        raise ValueError("no process")
    unknown = InstanceRecord(
        id=name,
        key="",
        label="",
        version=0,
        process="",
        kind=Kind.WORKER,
        slot=0,
        outer=outer,
        inner=_identity(data.get("inner")),
        started=0.0,
        status="running",
        restarts=0,
        log="",
        offset=0,
        pasta=_identity(data.get("pasta")),
    )
    try:
        key = _release_key(data["key"])
        known = {field.name for field in fields(InstanceRecord)} - {"outer", "inner", "pasta"}
        given = {name: value for name, value in data.items() if name in known}
        return replace(unknown, **{**given, "key": key, "kind": Kind(data["kind"])})
    except (ValueError, KeyError, TypeError) as error:
        _say(f"'{name}' is ended, because its record is not understood: {error!r}")
        return unknown


def _release_key(key: str) -> str:
    """Empty for a one-off."""
    if key and not _KEY.fullmatch(key):
        raise ValueError(f"'{key}' is no release")
    return key


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
