"""DATABASE_URL in every form that people write."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuages_runtime.overlay.database_url import family, parse


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("sqlite:////data/db.sqlite3", "/data/db.sqlite3"),
        ("sqlite:////data/a%20b+c.sqlite3", "/data/a b+c.sqlite3"),
        ("sqlite:///db.sqlite3", "db.sqlite3"),
        ("sqlite://:memory:", ":memory:"),
        ("sqlite://", ":memory:"),
    ],
)
def test_sqlite_urls_name_a_file_or_memory(url: str, name: str) -> None:
    assert parse(url) == {"ENGINE": "django.db.backends.sqlite3", "NAME": name}


def test_a_server_url_is_taken_apart() -> None:
    assert parse("postgres://ada:p%40ss%3A@db.example.com:5433/shop?sslmode=require") == {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": "shop",
        "USER": "ada",
        "PASSWORD": "p@ss:",
        "HOST": "db.example.com",
        "PORT": 5433,
        "OPTIONS": {"sslmode": "require"},
    }


@pytest.mark.parametrize(
    ("url", "host", "port"),
    [
        ("mysql://u@[::1]:3306/shop", "::1", 3306),
        ("mysql://u@db/shop", "db", ""),
        ("postgresql://u:p@%2Frun%2Fpostgresql/shop", "/run/postgresql", ""),
    ],
)
def test_hosts_may_be_addresses_names_and_folders(url: str, host: str, port: object) -> None:
    entry = parse(url)
    assert entry is not None
    assert (entry["HOST"], entry["PORT"]) == (host, port)


@pytest.mark.parametrize("url", ["", "nonsense", "oracle://x/y", "postgres://h:port/x"])
def test_what_is_not_understood_is_none(url: str) -> None:
    assert parse(url) is None


@given(st.text(min_size=1), st.text(min_size=1))
def test_any_user_and_password_survive_percent_encoding(user: str, password: str) -> None:
    user, password = (text.encode(errors="ignore").decode() for text in (user, password))
    entry = parse(f"mysql://{quote(user, safe='')}:{quote(password, safe='')}@h/n")
    assert entry is not None
    assert (entry["USER"], entry["PASSWORD"]) == (user, password)


@pytest.mark.parametrize(
    ("engine", "kind"),
    [
        ("django_prometheus.db.backends.postgresql", "postgresql"),
        ("django.contrib.gis.db.backends.postgis", "postgresql"),
        ("django.contrib.gis.db.backends.spatialite", "sqlite"),
        ("django.db.backends.mysql", "mysql"),
    ],
)
def test_backends_of_others_belong_to_a_family(engine: str, kind: str) -> None:
    assert family(engine) == kind
