"""docker-compose.yml: the same image on a laptop, with the code mounted over it. Pure."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence

from nuages.build.export.values import Compose
from nuages.core.exported import MARK

ENV_FILE = ".env-local"
_CONTAINER = ("python", "-m", "nuages_runtime.container")
_DONE, _HEALTHY = "service_completed_successfully", "service_healthy"
# By engine: what is asked of it before anything else starts.
_POSTGRES_READY = ("CMD-SHELL", "pg_isready -U app -d app")
_MYSQL_READY = ("CMD-SHELL", "mysqladmin ping -h 127.0.0.1 -u root -papp")
_REDIS_READY = ("CMD", "redis-cli", "ping")
_RABBIT_READY = ("CMD", "rabbitmq-diagnostics", "-q", "ping")


def render_compose(compose: Compose) -> str:
    """The text of the file."""
    backing = dict(_backing(compose))
    services = [_web(compose), *_workers(compose), _release(compose, tuple(backing))]
    volumes = ["data", *(["db"] if compose.engine != "sqlite" else [])]
    return "\n".join(
        [
            *_head(compose),
            "services:",
            "\n\n".join([*services, *backing.values()]),
            "",
            "volumes:",
            *(f"  {name}:" for name in volumes),
            "",
        ]
    )


def _head(compose: Compose) -> Iterator[str]:
    build = "docker compose build" if compose.builds else "nuages build . --load"
    yield f"{MARK} compose: development on this machine, in the image that runs live."
    yield f"#   {build} && docker compose up"
    yield f"# The site is at http://localhost:{compose.port}. The variables are in {ENV_FILE}."
    yield ""


def _web(compose: Compose) -> str:
    lines = [
        *_app(compose, "web", compose.serve),
        "    ports:",
        f'      - "127.0.0.1:{compose.port}:{compose.port}"',
    ]
    return "\n".join([*lines, *_after({"release": _DONE})])


def _workers(compose: Compose) -> Iterator[str]:
    for name in compose.processes:
        lines = _app(compose, name, (*_CONTAINER, name))
        # The image's check asks a web server.
        off = ["    healthcheck:", "      disable: true"]
        yield "\n".join([*lines, *off, *_after({"release": _DONE})])


def _release(compose: Compose, backing: Sequence[str]) -> str:
    lines = _app(compose, "release", (*_CONTAINER, "release"))
    off = ["    healthcheck:", "      disable: true"]
    return "\n".join([*lines, *off, *_after(dict.fromkeys(backing, _HEALTHY))])


def _app(compose: Compose, name: str, command: Sequence[str]) -> Iterator[str]:
    yield f"  {name}:"
    yield f"    image: {compose.image}"
    if compose.builds:
        yield f"    build: {json.dumps(compose.source)}"
    yield f"    command: {json.dumps(command)}"
    yield f"    env_file: {ENV_FILE}"
    yield "    volumes:"
    yield f"      - {json.dumps(f'{compose.source}:/app')}"
    yield "      - data:/data"


def _after(conditions: Mapping[str, str]) -> Iterator[str]:
    if conditions:
        yield "    depends_on:"
    for name, condition in conditions.items():
        yield f"      {name}:"
        yield f"        condition: {condition}"


def _backing(compose: Compose) -> Iterator[tuple[str, str]]:
    """The services that the app needs, by name."""
    if compose.engine in ("postgres", "postgis"):
        image = "postgres:16" if compose.engine == "postgres" else "postgis/postgis:16-3.4"
        given = {"POSTGRES_USER": "app", "POSTGRES_PASSWORD": "app", "POSTGRES_DB": "app"}
        place = "db:/var/lib/postgresql/data"
        yield "db", _service("db", ("POSTGRES_IMAGE", image), given, place, _POSTGRES_READY)
    if compose.engine == "mysql":
        given = {"MYSQL_ROOT_PASSWORD": "app", "MYSQL_DATABASE": "app"}
        place = "db:/var/lib/mysql"
        yield "db", _service("db", ("MYSQL_IMAGE", "mysql:8"), given, place, _MYSQL_READY)
    if "redis" in compose.brokers:
        yield "redis", _service("redis", ("REDIS_IMAGE", "redis:7"), {}, "", _REDIS_READY)
    if "rabbitmq" in compose.brokers:
        named = ("RABBITMQ_IMAGE", "rabbitmq:3")
        yield "rabbitmq", _service("rabbitmq", named, {}, "", _RABBIT_READY)


def _service(
    name: str,
    image: tuple[str, str],
    variables: Mapping[str, str],
    volume: str,
    ready: Sequence[str],
) -> str:
    lines = [f"  {name}:", f"    image: ${{{image[0]}:-{image[1]}}}"]
    if variables:
        lines += ["    environment:", *(f"      {key}: {text}" for key, text in variables.items())]
    if volume:
        lines += ["    volumes:", f"      - {volume}"]
    return "\n".join(
        [
            *lines,
            "    healthcheck:",
            f"      test: {json.dumps(ready)}",
            "      interval: 5s",
            "      retries: 20",
        ]
    )
