"""An engine that runs nothing: it keeps the rules of the interface in memory, for tests of what
stands above an engine. The same contract holds it that holds the real ones."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from nuages.core.app import EnvironmentName
from nuages.core.engine import InstanceStatus, OneOff, Session, Volume
from nuages.core.errors import ErrorCode, NuagesError
from nuages.core.pages import Visit
from nuages.core.release import Release

REFUSED = ErrorCode("testing.E001", "The fake engine was told to fail", "Tell it otherwise.")


@dataclass
class FakeSession:
    """A one-off that prints `printed` and what it is sent, and ends with `code`."""

    printed: bytes = b""
    code: int = 0

    def output(self) -> Iterator[bytes]:
        """What it was made with, and everything that was written."""
        if self.printed:
            yield self.printed

    def write(self, data: bytes) -> None:
        """Comes back as output."""
        self.printed += data

    def resize(self, rows: int, columns: int) -> None:
        """There is no terminal."""

    def wait(self) -> int:
        """Its code."""
        return self.code

    def kill(self) -> None:
        """It ends as a killed program does."""
        self.code = 137


@dataclass
class FakeEngine:
    """Set `failing` to make new instances fail with those words. `run` decides what a one-off
    prints and its exit code; `hosts` is what `set_hosts` was told, `visits` what was asked."""

    folder: Path
    failing: str = ""
    run: Callable[[OneOff], tuple[bytes, int]] = lambda _one_off: (b"", 0)
    hosts: dict[str, tuple[str, ...]] = field(default_factory=dict)
    visits: tuple[Visit, ...] = ()
    _traffic: dict[str, int] = field(default_factory=dict)
    _instances: dict[str, InstanceStatus] = field(default_factory=dict)
    _gated: set[str] = field(default_factory=set)
    _pid: int = 1000

    def ensure_volume(self, environment: EnvironmentName) -> Volume:
        """A folder below `folder`."""
        path = self.folder / environment.label
        (path / "media").mkdir(parents=True, exist_ok=True)
        return Volume(path, path / "media")

    def open(self, one_off: OneOff) -> Session:
        """What `run` says."""
        return FakeSession(*self.run(one_off))

    def run_once(self, one_off: OneOff, on_output: Callable[[bytes], None]) -> int:
        """What `run` says."""
        session = self.open(one_off)
        for chunk in session.output():
            on_output(chunk)
        return session.wait()

    def start(self, release: Release, processes: Sequence[str], *, gated: bool) -> None:
        """Start what is missing."""
        if gated and not self._of(release):
            self._gated.add(release.key)
        for spec in release.processes:
            missing = spec.count - len(self._of(release, spec.name))
            for _ in range(missing if spec.name in processes else 0):
                self._start_one(release, spec.name)

    def open_gate(self, release: Release) -> None:
        """Gated instances become ready, where they can."""
        self._gated.discard(release.key)
        for instance in self._of(release):
            if instance.status == "starting" and not self.failing:
                self._instances[instance.id] = replace(instance, status="ready")

    def wait_ready(self, release: Release) -> tuple[Visit, ...]:
        """`visits`. Raises testing.E001 where an instance is not ready."""
        late = [one for one in self._of(release) if one.status not in ("ready", "running")]
        if late:
            words = self.failing or "was not ready in time"
            raise NuagesError(REFUSED, f"A '{late[0].process}' instance {words}")
        return self.visits

    def current(self, environment: EnvironmentName) -> int | None:
        """The version with the traffic."""
        return self._traffic.get(environment.label)

    def switch(self, release: Release, *, serve_media: bool) -> None:  # noqa: ARG002 no proxy here
        """It has the traffic now."""
        self._traffic[release.environment.label] = release.version

    def retire(
        self,
        environment: EnvironmentName,
        version: int,
        *,
        drain: bool,  # noqa: ARG002 there is no queue here
    ) -> None:
        """Its instances are gone at once."""
        for instance in self.instances(environment):
            if instance.release == version:
                del self._instances[instance.id]

    def scale(self, release: Release, counts: Mapping[str, int]) -> None:
        """Start what is missing, end what is too many."""
        for name, count in counts.items():
            mine = self._of(release, name)
            for instance in mine[count:]:
                del self._instances[instance.id]
            for _ in range(count - len(mine)):
                self._start_one(release, name)
        self.wait_ready(release)

    def restart(self, release: Release) -> None:
        """Other processes, as many as before; the old ones stay where it fails."""
        if self.failing:
            raise NuagesError(REFUSED, f"A 'web' instance {self.failing}")
        for instance in self._of(release):
            self._pid += 1
            self._instances[instance.id] = replace(instance, pid=self._pid)

    def set_hosts(self, environment: EnvironmentName, hosts: Sequence[str]) -> None:
        """Remember them."""
        self.hosts[environment.label] = tuple(hosts)

    def instances(self, environment: EnvironmentName | None = None) -> list[InstanceStatus]:
        """What was started and not ended."""
        label = environment.label if environment else None
        return [one for one in self._instances.values() if label in (None, one.environment)]

    def metrics(self, environment: EnvironmentName) -> str:
        """How many instances there are."""
        return f"instances {len(self.instances(environment))}\n"

    def remove(self, environment: EnvironmentName, *, data: bool) -> None:  # noqa: ARG002
        """Forget everything of it."""
        for instance in self.instances(environment):
            del self._instances[instance.id]
        self._traffic.pop(environment.label, None)
        self.hosts.pop(environment.label, None)

    def _of(self, release: Release, process: str | None = None) -> list[InstanceStatus]:
        return [
            one
            for one in self.instances(release.environment)
            if one.release == release.version and process in (None, one.process)
        ]

    def _start_one(self, release: Release, process: str) -> None:
        waiting = bool(self.failing) or release.key in self._gated
        taken = {one.id for one in self._of(release, process)}
        names = (f"{release.key}.{process}.{slot}" for slot in range(1, len(taken) + 2))
        name = next(one for one in names if one not in taken)
        self._pid += 1
        self._instances[name] = InstanceStatus(
            id=name,
            environment=release.environment.label,
            release=release.version,
            process=process,
            status="starting" if waiting else "ready",
            pid=self._pid,
            started=0.0,
        )
