"""`.env-local`: the variables of the services on a laptop. Nothing in it comes from a platform, and
nothing of it is for one. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from nuages.build.export.values import Line
from nuages.core.exported import MARK

REDIS, RABBITMQ = "redis", "rabbitmq"
_URLS = {REDIS: "redis://redis:6379/0", RABBITMQ: "amqp://guest:guest@rabbitmq:5672//"}
_DATABASES = {
    "postgres": "postgres://app:app@db:5432/app",
    "postgis": "postgis://app:app@db:5432/app",
    "mysql": "mysql://root:app@db:3306/app",
}
_KEY = re.compile(r"^SECRET_KEY=(\S+)$", re.MULTILINE)
_REDIS_NAME = re.compile(r"(REDIS|VALKEY)(_(TLS_)?(URL|URI|DSN|HOST|PORT))?$")


def render_environment(lines: Iterable[Line]) -> str:
    """The text of the file, as Docker reads it: nothing after the `=` has a special meaning."""
    text = (
        f"{MARK} compose: for development on this machine alone.\n"
        "# Keep it out of version control, and put no value of the live site in it.\n"
    )
    for line in lines:
        text += f"# {line.remark}\n" if line.remark else ""
        text += f"{line.name}={line.value}\n"
    return text


def key_in(text: str) -> str:
    """The SECRET_KEY that a file has; empty where it has none."""
    found = _KEY.search(text)
    return found[1] if found else ""


def own_lines(key: str, port: int, engine: str) -> list[Line]:
    """What every project gets."""
    lines = [
        Line("DJANGO_DEBUG", "True"),
        Line("SECRET_KEY", key, "Made for this file."),
        Line("PORT", str(port)),
        Line("NUAGES_URL", f"http://localhost:{port}"),
        Line("DOMAIN_ALIASES", "127.0.0.1,web"),
    ]
    if engine in _DATABASES:
        lines.append(Line("DATABASE_URL", _DATABASES[engine]))
    else:
        remark = "The database is /data/db.sqlite3, in a volume; another one: DATABASE_URL=…"
        lines[0] = Line("DJANGO_DEBUG", "True", remark)
    return lines


def broker_lines(brokers: Sequence[str], reads: Iterable[str]) -> list[Line]:
    """Where the brokers are that process types wait for, and servers that settings read the place
    of; `brokers` and `reads` are names of variables."""
    lines = [Line(name, _URLS[kind_of(name)]) for name in dict.fromkeys(brokers)]
    for name in reads:
        found = _REDIS_NAME.match(name)
        if found and name not in brokers:
            parts = {"HOST": REDIS, "PORT": "6379"}
            lines.append(Line(name, parts.get(found[4] or "", _URLS[REDIS])))
    return lines


def kind_of(name: str) -> str:
    """The kind of broker that a variable names."""
    return RABBITMQ if re.search(r"RABBIT|AMQP", name) else REDIS


def servers(lines: Iterable[Line]) -> tuple[str, ...]:
    """The kinds of server that these lines name."""
    values = [line.value for line in lines]
    return tuple(kind for kind in (REDIS, RABBITMQ) if any(kind in value for value in values))
