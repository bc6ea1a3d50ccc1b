"""One release on this host: its listening socket, its instances, who waits for them, its end."""

from __future__ import annotations

import contextlib
import os
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

from nuages.agent.drain import Drain
from nuages.agent.host import Host
from nuages.agent.instance import Instance, Place
from nuages.agent.records import InstanceRecord
from nuages.core.process import Kind
from nuages.engines.local.protocol import ProcessPlan
from nuages.route import sites
from nuages.system.files import remove_tree
from nuages.system.processes import Identity, find_descriptor, open_process, take_descriptor
from nuages.system.sockets import listen_unix, refuse_waiting

# Between SIGTERM and SIGKILL: what a slow request may take to its end.
GRACE = 30.0
_SOCKET = "web.sock"
_SOCKET_MODE = 0o666  # the folders above are closed to everybody but us and the proxy


class Wait:
    """Somebody waits until these instances are all up; told once, with the one that is not."""

    def __init__(self, instances: Sequence[Instance], done: Callable[[Instance | None], None]):
        self.instances = list(instances)
        self._done: Callable[[Instance | None], None] | None = done

    def look(self) -> bool:
        """Whether it is over."""
        failed = [one for one in self.instances if one.failure or one.status == "ended"]
        if self._done is not None and (failed or all(one.is_up for one in self.instances)):
            done, self._done = self._done, None
            done(failed[0] if failed else None)
        return self._done is None

    def give_up(self) -> None:
        """Time is over: name one that is not up."""
        late = [one for one in self.instances if not one.is_up]
        if self._done is not None and late:
            done, self._done = self._done, None
            done(late[0])


class Release:
    """A release and its instances. `ended` is called when the last trace of it is gone,
    `looked` whenever an instance has another status."""

    def __init__(
        self,
        host: Host,
        key: str,
        ended: Callable[[Release], None],
        looked: Callable[[Instance], None],
    ) -> None:
        self.key = key
        self.label, _, version = key.rpartition(".v")
        self.version = int(version)
        self.instances: dict[str, Instance] = {}
        self.retiring = False
        self._host = host
        self._ended = [ended]
        self._looked = looked
        self._listener: socket.socket | None = None
        self._gated = False
        self._waits: list[Wait] = []
        self._drain: Drain | None = None

    @property
    def folder(self) -> Path:
        """What the proxy sees of it."""
        return self._host.home.proxy / "releases" / self.key

    def start(self, plans: Sequence[ProcessPlan], *, gated: bool) -> None:
        """Start what is missing of these process types."""
        if self._listener is None:
            self._gated = gated
        replaced = self._ensure_listener()
        for plan in plans:
            mine = self._of(plan.name)
            for instance in mine:
                unknown, instance.plan = instance.plan is None, plan
                if unknown and instance.status == "crashed":
                    self.start_again(instance)
            old = [one for one in mine if one in replaced]
            for _ in range(plan.count - len(mine) + len(old)):
                self._start_one(plan)
            if old:
                self._replace_when_up(old, self._of(plan.name))

    def open_gate(self) -> None:
        """The release commands are done: gated instances go on."""
        self._gated = False
        for instance in self.instances.values():
            instance.open_gate()

    def wait_ready(self, seconds: float, done: Callable[[Instance | None], None]) -> None:
        """Call `done` once all instances are up, with None; or with the first that fails, or
        with one that is not up in time."""
        mine = [one for one in self.instances.values() if one.status != "stopping"]
        self._host.loop.later(seconds, self._wait(mine, done).give_up)

    def scale(self, plans: Sequence[ProcessPlan]) -> None:
        """Start what is missing, and stop what is too many, the highest slots first."""
        self.start(plans, gated=False)
        for plan in plans:
            mine = sorted(self._of(plan.name), key=lambda one: -one.place.slot)
            for instance in mine[: len(mine) - plan.count]:
                instance.stop(GRACE)
        self._show()

    def restart(
        self, plans: Sequence[ProcessPlan], seconds: float, done: Callable[[Instance | None], None]
    ) -> None:
        """Replace every instance, new ones first; call `done` as `wait_ready` does. Where a new
        one fails, all new ones are stopped and the old ones stay. Of a scheduler there is never
        more than one, so its next copy starts when it has ended."""
        self._ensure_listener()
        schedulers = [plan for plan in plans if plan.kind is Kind.SCHEDULER]
        others = [plan for plan in plans if plan.kind is not Kind.SCHEDULER]
        old = [one for plan in others for one in self._of(plan.name)]
        new = [self._start_one(plan) for plan in others for _ in range(plan.count)]

        def replaced(failed: Instance | None) -> None:
            for instance in new if failed else old:
                instance.stop(GRACE)
            for plan in schedulers if failed is None else ():
                for instance in self._of(plan.name):
                    instance.restart(plan, GRACE)
            done(failed)

        self._host.loop.later(seconds, self._wait(new, replaced).give_up)

    def retire(self, *, drain: bool, told: Callable[[], None]) -> None:
        """Drain the queue, tell all instances to stop, call `told`; the socket goes with the
        last instance, and so does the folder, unless it has the traffic: then its static files
        and links are wanted when it starts again."""
        self.retiring = True
        serving = any(one.place.kind is Kind.WEB and one.is_up for one in self.instances.values())
        if drain and serving and self._listener is not None and self._drain is None:
            self._drain = Drain(self._host.loop, self._listener, lambda: self._stop(told))
        else:
            self._stop(told)

    def then(self, ended: Callable[[Release], None]) -> None:
        """Also call `ended` when the last trace of it is gone."""
        self._ended.append(ended)

    def adopt(self, record: InstanceRecord) -> None:
        """Take over an instance from the agent before us, and the socket that it holds."""
        instance = Instance.adopt(self._host, record, self)
        if instance is None:
            return
        told = record.status == "stopping"
        self.retiring = told and (self.retiring or not self.instances)
        self.instances[record.id] = instance
        if told:
            instance.stop(GRACE)
        holder = record.inner or record.outer
        if self._listener is None and record.inode and instance.status != "stopping":
            self._listener = _take_listener(holder, record.inode)

    def describe(self) -> list[dict[str, Any]]:
        """All instances, for `instances`."""
        return [one.describe() for one in self.instances.values()]

    def changed(self, instance: Instance) -> None:
        """An instance has another status."""
        self._looked(instance)
        if instance.status == "ended":
            self.instances.pop(instance.place.id, None)
        if not self.retiring:
            self._show()
        self._waits = [wait for wait in self._waits if not wait.look()]
        if self.retiring and not self.instances and self._drain is None:
            self._remove()

    def start_again(self, instance: Instance) -> None:
        """The next copy of an instance that has ended."""
        if instance.plan is not None:
            instance.start(instance.plan, self._descriptor(), gated=self._gated)

    def _stop(self, told: Callable[[], None]) -> None:
        self._drain = None
        for instance in list(self.instances.values()):
            instance.stop(GRACE)
        told()
        if not self.instances:
            self._remove()

    def _show(self) -> None:
        """Let the proxy find the socket while there is somebody to wait for. Where no instance
        is wanted, or all of them fail again and again, visitors are told at once."""
        if self._listener is None:
            return
        web = [one for one in self.instances.values() if one.place.kind is Kind.WEB]
        wanted = any(not one.is_failing for one in web if one.status not in ("stopping", "ended"))
        shown, hidden = self.folder / _SOCKET, self.folder / f".{_SOCKET}"
        if wanted and hidden.exists():
            hidden.rename(shown)
        elif not wanted and shown.exists():
            shown.rename(hidden)
            if not any(one.is_up for one in web):
                refuse_waiting(self._listener)

    def _remove(self) -> None:
        if self._listener is not None:
            self._listener.close()
            self._listener = None
        for name in (_SOCKET, f".{_SOCKET}"):
            (self.folder / name).unlink(missing_ok=True)
        if sites.current(self._host.home, self.label) != self.version:
            sites.remove_release(self._host.home, self.label, self.version)
        # What it ran from where there is no sandbox.
        with contextlib.suppress(OSError):
            remove_tree(self._host.home.agent / "copies" / self.key)
        ended, self._ended = self._ended, []
        for call in ended:
            call(self)

    def _of(self, process: str) -> list[Instance]:
        """The instances of a process type that are not on their way out."""
        return [
            one
            for one in self.instances.values()
            if one.place.process == process and one.status not in ("stopping", "ended")
        ]

    def _start_one(self, plan: ProcessPlan) -> Instance:
        taken = {i.place.slot for i in self.instances.values() if i.place.process == plan.name}
        slot = next(number for number in range(1, len(taken) + 2) if number not in taken)
        place = Place(self.key, self.label, self.version, plan.name, plan.kind, slot)
        instance = Instance(self._host, place, self)
        self.instances[place.id] = instance
        instance.start(plan, self._descriptor(), gated=self._gated)
        return instance

    def _ensure_listener(self) -> list[Instance]:
        """Have a listening socket. Where the one of adopted instances could not be taken back,
        there is a new one, and those instances, which are returned, have to be replaced."""
        if self._listener is not None:
            return []
        self.folder.mkdir(parents=True, exist_ok=True)
        self.folder.chmod(0o755)
        (self.folder / f".{_SOCKET}").unlink(missing_ok=True)
        self._listener = listen_unix(self.folder / _SOCKET, _SOCKET_MODE)
        return [one for one in self.instances.values() if one.place.kind is Kind.WEB]

    def _replace_when_up(self, old: list[Instance], all_of_them: list[Instance]) -> None:
        def replaced(failed: Instance | None) -> None:
            for instance in () if failed else old:
                instance.stop(GRACE)

        self._wait([one for one in all_of_them if one not in old], replaced)

    def _wait(self, instances: Sequence[Instance], done: Callable[[Instance | None], None]) -> Wait:
        wait = Wait(instances, done)
        if not wait.look():
            self._waits.append(wait)
        return wait

    def _descriptor(self) -> int | None:
        return None if self._listener is None else self._listener.fileno()


def _take_listener(holder: Identity, inode: int) -> socket.socket | None:
    """The listening socket back from an instance that holds it; None where that is refused."""
    number = find_descriptor(holder.pid, inode)
    process = open_process(holder)
    if number is None or process is None:
        return None
    try:
        return socket.socket(fileno=take_descriptor(process, number))
    except OSError:
        return None
    finally:
        os.close(process)
