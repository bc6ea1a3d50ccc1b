"""The agent itself: every operation of the protocol, on releases, services and one-offs."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any, TypeVar

from nuages.agent.beside.exporter import Exporters
from nuages.agent.beside.service import Service
from nuages.agent.errors import BAD_REQUEST, STOPPING, UNKNOWN_RELEASE
from nuages.agent.host import Host
from nuages.agent.instance import Instance
from nuages.agent.oneoff import OneOffs, Order
from nuages.agent.records import spec_from_json
from nuages.agent.release import Release
from nuages.agent.server import Connection, Request
from nuages.core.errors import NuagesError
from nuages.engines.local.protocol import PROTOCOL, Launch, ProcessPlan

Answer = dict[str, Any]
T = TypeVar("T")


class Agent:
    """Holds what runs on this host. `leave` ends the agent's process."""

    def __init__(self, host: Host, leave: Callable[[], None]) -> None:
        self._host = host
        self._leave = leave
        self._releases: dict[str, Release] = {}
        self._services: dict[str, Service] = {}
        self._one_offs = OneOffs(host, self._leave_when_empty)
        self._exporters = Exporters(host, self._leave_when_empty)
        self._leaving: Connection | None = None
        self._ending = False

    def adopt(self) -> None:
        """Find what agents before us have started, and start services that are not there."""
        self._host.records.discard_unfinished()
        for record in self._host.records.instances():
            if not record.key:
                self._one_offs.adopt(record)
                continue
            release = self._releases.get(record.key)
            if release is None:
                release = self._new_release(record.key)
            release.adopt(record)
            if release.instances:
                self._releases[record.key] = release
            else:
                self._host.records.forget_instance(record.id)
        for row in self._host.records.services():
            service = self._services[row.spec.name] = Service(self._host, row.spec, self._remember)
            if not service.adopt(row):
                service.revive()
        self._remember()

    def handle(self, request: Request, connection: Connection) -> None:
        """One request. Raises agent.E001 for one that is not understood."""
        operation = getattr(self, f"_do_{request['op']}", None)
        if operation is None:
            raise NuagesError(BAD_REQUEST, f"There is no operation '{request['op']}'")
        answer = operation(request, connection)
        if answer is not None:
            connection.send({"ok": True, **answer})

    def stop_services(self, done: Callable[[], None]) -> None:
        """End the platform's own programs; apps run on."""
        waiting = list(self._services.values())
        self._services = {}
        if not waiting:
            done()
            return
        left = set(range(len(waiting)))

        def one_less(index: int) -> None:
            left.discard(index)
            if not left:
                done()

        for index, service in enumerate(waiting):
            service.stop(lambda index=index: one_less(index))  # type: ignore[misc]

    def _do_hello(self, _request: Request, _connection: Connection) -> Answer:
        return {
            "protocol": PROTOCOL,
            "pid": os.getpid(),
            "gateway": self._host.outward.gateway,
            "internal": bool(self._host.outward.listens),
            "network": self._host.outward.described,
            "limits": self._host.groups.describe(),
        }

    def _do_watch(self, _request: Request, _connection: Connection) -> None:
        """The connection stays open as long as the agent lives."""

    def _do_start(self, request: Request, _connection: Connection) -> Answer:
        self._refuse_at_the_end()
        key = request["key"]
        release = self._releases.get(key)
        if release is None:
            release = self._releases[key] = self._new_release(key)
        _refuse_retiring(release)
        self._keep_exporter(release, request)
        release.start(_plans(request), gated=request["gated"])
        return {}

    def _do_open_gate(self, request: Request, _connection: Connection) -> Answer:
        self._release(request).open_gate()
        return {}

    def _do_wait_ready(self, request: Request, connection: Connection) -> None:
        answer = _Ready(connection)
        self._release(request).wait_ready(request["timeout"], answer)

    def _do_scale(self, request: Request, _connection: Connection) -> Answer:
        release = self._release(request)
        _refuse_retiring(release)
        self._keep_exporter(release, request)
        release.scale(_plans(request))
        return {}

    def _do_restart(self, request: Request, connection: Connection) -> None:
        release = self._release(request)
        _refuse_retiring(release)
        self._keep_exporter(release, request)
        release.restart(_plans(request), request["timeout"], _Ready(connection))

    def _do_retire(self, request: Request, connection: Connection) -> Answer | None:
        release = self._releases.get(request["key"])
        if release is None:
            return {"known": False}
        release.retire(
            drain=request["drain"], told=lambda: connection.send({"ok": True, "known": True})
        )
        return None

    def _do_remove(self, request: Request, connection: Connection) -> None:
        """Stop everything of an environment; answered when the last of it has ended."""
        label = request["label"]
        self._one_offs.kill_all(label)
        mine = [one for one in self._releases.values() if one.label == label]
        left = {"", *(one.key for one in mine)}

        def ended(key: str) -> None:
            left.discard(key)
            if not left:
                connection.send({"ok": True})

        for release in mine:
            release.then(lambda one: ended(one.key))
            release.retire(drain=False, told=_nothing)
        self._one_offs.then(label, lambda: ended(""))

    def _do_instances(self, request: Request, _connection: Connection) -> Answer:
        label = request.get("label")
        rows = [row for one in self._releases.values() for row in one.describe()]
        rows += self._one_offs.describe()
        return {"instances": [row for row in rows if label in (None, row["label"])]}

    def _do_run(self, request: Request, connection: Connection) -> Answer:
        self._refuse_at_the_end()
        if len(connection.descriptors) < 2:
            raise NuagesError(BAD_REQUEST, "A one-off came without its input and output")
        stdin, stdout, *rest = connection.descriptors
        order = Order(
            label=request["label"],
            purpose=request["purpose"],
            launch=_decoded(Launch.from_json, request["launch"]),
            streams=(stdin, stdout),
            timeout=request["timeout"],
        )
        # From here on they are the order's to close.
        connection.descriptors = rest
        name = self._one_offs.start(order, connection.send)
        connection.on_close = lambda: self._one_offs.client_gone(name)
        return {"id": name}

    def _do_kill(self, request: Request, _connection: Connection) -> Answer:
        self._one_offs.kill(request["id"])
        return {}

    def _do_keep_service(self, request: Request, _connection: Connection) -> Answer:
        self._refuse_at_the_end()
        spec = _decoded(spec_from_json, request["spec"])
        service = self._services.get(spec.name)
        if service is None:
            # Known before it starts, so that it is remembered with its process.
            service = self._services[spec.name] = Service(self._host, spec, self._remember)
            try:
                service.open()
            except NuagesError:
                del self._services[spec.name]
                raise
        elif service.spec != spec:
            service.replace(spec)
        self._remember()
        return service.describe()

    def _do_stop_service(self, request: Request, connection: Connection) -> Answer | None:
        service = self._services.pop(request["name"], None)
        if service is None:
            return {"known": False}
        self._remember()
        service.stop(lambda: connection.send({"ok": True, "known": True}))
        return None

    def _do_services(self, _request: Request, _connection: Connection) -> Answer:
        return {"services": [one.describe() for one in self._services.values()]}

    def _do_shutdown(self, request: Request, connection: Connection) -> None:
        """Stop services, and apps too where asked. The agent stays for apps that run on."""
        apps = request["apps"]
        self._ending = True

        def stopped() -> None:
            self._remember()
            if apps:
                self._one_offs.kill_all()
                for release in list(self._releases.values()):
                    release.retire(drain=False, told=_nothing)
            if not self._is_empty() and not apps:
                self._ending = False
                connection.send({"ok": True, "left": True})
                return
            self._leaving = connection
            self._leave_when_empty()

        self.stop_services(stopped)

    def _refuse_at_the_end(self) -> None:
        """What would start now would run without an agent in a moment."""
        if self._ending:
            raise NuagesError(STOPPING, "The platform is being stopped")

    def _is_empty(self) -> bool:
        return not self._releases and self._one_offs.is_empty and self._exporters.is_empty

    def _leave_when_empty(self) -> None:
        if self._leaving is not None and self._is_empty():
            self._host.outward.remove()
            self._host.groups.remove()
            self._leaving.send({"ok": True, "left": False})
            self._leave()

    def _release_ended(self, release: Release) -> None:
        if self._releases.get(release.key) is release:
            del self._releases[release.key]
        if all(other.label != release.label for other in self._releases.values()):
            self._exporters.stop(release.label)
        self._leave_when_empty()

    def _new_release(self, key: str) -> Release:
        return Release(self._host, key, self._release_ended, self._exporters.look)

    def _keep_exporter(self, release: Release, request: Request) -> None:
        """Have an exporter where one is wanted; it learns of instances that run already."""
        if request.get("exporter"):
            launch = _decoded(Launch.from_json, request["exporter"])
            self._exporters.keep(release.label, launch)
            for other in self._releases.values():
                for instance in other.instances.values():
                    self._exporters.look(instance)

    def _release(self, request: Request) -> Release:
        release = self._releases.get(request["key"])
        if release is None:
            raise NuagesError(UNKNOWN_RELEASE, f"'{request['key']}' does not run here")
        return release

    def _remember(self) -> None:
        self._host.records.save_services([one.record() for one in self._services.values()])


class _Ready:
    """Answers who waits for instances: all are up, or the one that is not."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection

    def __call__(self, failed: Instance | None) -> None:
        self._connection.send({"ok": True, "failed": failed.describe() if failed else None})


def _refuse_retiring(release: Release) -> None:
    if release.retiring:
        raise NuagesError(STOPPING, f"'{release.key}' is being stopped")


def _plans(request: Request) -> list[ProcessPlan]:
    return [_decoded(ProcessPlan.from_json, row) for row in request["processes"]]


def _decoded(decode: Callable[[dict[str, Any]], T], data: dict[str, Any]) -> T:
    """A value of a request. Raises agent.E001."""
    try:
        return decode(data)
    except (ValueError, KeyError, TypeError) as error:
        raise NuagesError(BAD_REQUEST, f"A request is malformed: {error!r}") from None


def _nothing() -> None:
    return
