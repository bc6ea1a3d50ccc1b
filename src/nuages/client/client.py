"""The platform's API as methods: one for each route, plain dictionaries out, errors raised."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from nuages.client.connection import Connection, Request, quoted
from nuages.core.home import Home

Answer = dict[str, Any]


class Client:
    """Talks to the platform whose state directory is `home`.

    Every method raises NuagesError: the server's own, or `client.E0xx` when it is out of reach.
    `name` is an environment as people write it: `polls`, `polls@test`.
    """

    def __init__(self, home: Home) -> None:
        self.home = home
        self._connection = Connection(home.control_socket)

    # The platform and its apps

    def status(self) -> Answer:
        """Whether everything runs, and since when."""
        return self._object(Request("GET", quoted("status")))

    def apps(self) -> list[Answer]:
        """All environments of all apps."""
        return self._list(Request("GET", quoted("apps")))

    def app(self, name: str) -> Answer:
        """One environment: its release, URL, domains."""
        return self._object(Request("GET", quoted("apps", name)))

    def destroy(self, name: str, confirm: str) -> Answer:
        """Remove an environment with its data; `confirm` repeats its name."""
        return self._object(Request("DELETE", quoted("apps", name), query={"confirm": confirm}))

    # Deployments

    def upload(self, archive: Path) -> str:
        """Stream a zip to the platform; the id to deploy it by."""
        with archive.open("rb") as stream:
            request = Request(
                "POST",
                quoted("uploads"),
                query={"name": archive.name},
                body=stream,
                length=archive.stat().st_size,
            )
            return str(self._object(request)["id"])

    def deploy(self, request: Mapping[str, object]) -> Answer:
        """Ask for a deployment; what is waiting now."""
        return self._object(Request("POST", quoted("deployments"), json=dict(request)))

    def deployments(self, name: str) -> list[Answer]:
        """What was asked of an environment, newest first."""
        return self._list(Request("GET", quoted("apps", name, "deployments")))

    def images(self) -> list[Answer]:
        """What is kept in the image store, newest first."""
        return self._list(Request("GET", quoted("images")))

    def deployment(self, identifier: str) -> Answer:
        """One deployment as it stands."""
        return self._object(Request("GET", quoted("deployments", identifier)))

    def cancel(self, identifier: str) -> Answer:
        """End a deployment before its switch."""
        return self._object(Request("DELETE", quoted("deployments", identifier)))

    def deployment_events(self, identifier: str, after: int = 0) -> Iterator[Answer]:
        """Its events from number `after` on, one connection's worth; `end` is the last kind."""
        return self._connection.lines(
            Request("GET", quoted("deployments", identifier, "events"), query={"after": after})
        )

    def releases(self, name: str) -> list[Answer]:
        """The releases that are kept, newest first."""
        return self._list(Request("GET", quoted("apps", name, "releases")))

    def rollback(self, name: str, version: int | None, *, with_config: bool) -> Answer:
        """Make a new release from an earlier one (None: the one before)."""
        wanted: dict[str, object] = {"with_config": with_config}
        if version is not None:
            wanted["version"] = version
        return self._object(Request("POST", quoted("apps", name, "rollback"), json=wanted))

    def migrations(self, name: str) -> list[Answer]:
        """What each release applied."""
        return self._list(Request("GET", quoted("apps", name, "migrations")))

    # Config vars and settings

    def config(self, name: str) -> list[Answer]:
        """Config vars; hidden ones without their value."""
        return self._list(Request("GET", quoted("apps", name, "config")))

    def reveal(self, name: str, key: str) -> Answer:
        """One config var with its value."""
        answer = self._connection.ask(
            Request("GET", quoted("apps", name, "config"), query={"reveal": key})
        )
        rows = answer if isinstance(answer, list) else [answer]
        return next((row for row in rows if row["name"] == key), {"name": key, "value": None})

    def change_config(
        self, name: str, put: Mapping[str, str], unset: Sequence[str], *, plain: bool = False
    ) -> Answer:
        """Set and unset config vars in one go; `plain` ones may be seen by builds. Its `id` is
        None where nothing has to run, and `reason` says why."""
        wanted: dict[str, object] = {"set": dict(put), "unset": list(unset)}
        if plain:
            wanted["hidden"] = False
        return self._object(Request("PATCH", quoted("apps", name, "config"), json=wanted))

    def settings(self, name: str) -> list[Answer]:
        """What the overlay changed, and why."""
        return self._list(Request("GET", quoted("apps", name, "settings")))

    # What happens

    def logs(self, name: str, *, count: int, process: str | None, follow: bool) -> Iterator[Answer]:
        """The last `count` lines, and with `follow` those to come."""
        query: dict[str, str | int] = {"n": count}
        if process:
            query["process"] = process
        if follow:
            query["follow"] = 1
        return self._connection.lines(Request("GET", quoted("apps", name, "logs"), query=query))

    def events(self, name: str, count: int) -> list[Answer]:
        """The last `count` events of an environment."""
        return self._list(Request("GET", quoted("apps", name, "events"), query={"n": count}))

    # Processes

    def ps(self, name: str) -> list[Answer]:
        """Its instances."""
        return self._list(Request("GET", quoted("apps", name, "ps")))

    def metrics(self, name: str) -> str:
        """What its instances measure, as Prometheus reads it."""
        request = Request("GET", quoted("apps", name, "metrics"))
        return b"".join(self._connection.chunks(request)).decode()

    def scale(self, name: str, counts: Mapping[str, int]) -> Answer:
        """Change how many instances of each process type run."""
        return self._object(Request("PATCH", quoted("apps", name, "scale"), json=dict(counts)))

    def restart(self, name: str) -> Answer:
        """Replace every instance, new ones first."""
        return self._object(Request("POST", quoted("apps", name, "restart"), json={}))

    # Domains

    def domains(self, name: str) -> list[Answer]:
        """Its host names, the first one the main one."""
        return self._list(Request("GET", quoted("apps", name, "domains")))

    def add_domain(self, name: str, domain: str) -> Answer:
        """Let a host name lead to it."""
        return self._object(
            Request("POST", quoted("apps", name, "domains"), json={"domain": domain})
        )

    def remove_domain(self, name: str, domain: str) -> Answer:
        """Let a host name lead there no more."""
        return self._object(Request("DELETE", quoted("apps", name, "domains", domain)))

    # One-off commands

    def start_run(self, name: str, argv: Sequence[str], tty: tuple[int, int] | None) -> str:
        """Start a command in the current release; its id."""
        wanted: dict[str, object] = {"argv": list(argv)}
        if tty is not None:
            wanted["tty"] = list(tty)
        request = Request("POST", quoted("apps", name, "runs"), json=wanted)
        return str(self._object(request)["id"])

    def run_output(self, identifier: str) -> Iterator[bytes]:
        """What it prints, until it ends."""
        return self._connection.chunks(Request("GET", quoted("runs", identifier, "output")))

    def run(self, identifier: str) -> Answer:
        """Its exit code (None while it runs)."""
        return self._object(Request("GET", quoted("runs", identifier)))

    def run_input(self, identifier: str, data: bytes) -> None:
        """Send to its standard input; empty bytes close it."""
        self._connection.ask(Request("POST", quoted("runs", identifier, "input"), body=data))

    def run_resize(self, identifier: str, rows: int, columns: int) -> None:
        """Tell its terminal a new size."""
        size = {"rows": rows, "columns": columns}
        self._connection.ask(Request("POST", quoted("runs", identifier, "resize"), json=size))

    def run_kill(self, identifier: str) -> None:
        """End it."""
        self._connection.ask(Request("DELETE", quoted("runs", identifier)))

    def _object(self, request: Request) -> Answer:
        answer = self._connection.ask(request)
        return answer if isinstance(answer, dict) else {}

    def _list(self, request: Request) -> list[Answer]:
        answer = self._connection.ask(request)
        return answer if isinstance(answer, list) else []
