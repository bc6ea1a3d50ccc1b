"""What this machine cannot compile gives way to a compiled form, or is left out."""

from __future__ import annotations

import pytest

from nuages.build.system.ways import override, requirement, ways_around
from nuages.core.facts import Dependencies


def asks(**pins: str) -> Dependencies:
    named = {name.replace("_", "-"): version for name, version in pins.items()}
    exact = tuple((name, version) for name, version in named.items() if version)
    return Dependencies("requirements", ".", ("requirements.txt",), frozenset(named), exact)


def nothing(_name: str) -> bool:
    return False


@pytest.mark.parametrize(
    ("pin", "minor", "line"),
    [
        ("2.9.9", "3.12", "psycopg2-binary==2.9.9"),
        ("2.9.5", "3.12", "psycopg2-binary>=2.9.9"),
        ("2.8.6", "3.9", "psycopg2-binary==2.8.6"),
        ("", "3.12", "psycopg2-binary>=2.9.9"),
        ("", "3.9", "psycopg2-binary"),
        ("odd!", "3.9", "psycopg2-binary"),
    ],
)
def test_psycopg2_gives_way_to_its_compiled_form(pin: str, minor: str, line: str) -> None:
    dependencies = asks(psycopg2=pin)
    (way,) = ways_around(dependencies, (), nothing)
    assert requirement(way, dependencies, minor) == line
    assert override(way) == "psycopg2 ; python_version < '0'"
    assert "libpq-dev" in way.takes


def test_an_old_django_keeps_an_old_driver() -> None:
    dependencies = asks(psycopg2="", django="2.2.28")
    (way,) = ways_around(dependencies, (), nothing)
    assert requirement(way, dependencies, "3.9") == "psycopg2-binary<2.9"


def test_the_compiled_form_is_not_asked_for_twice() -> None:
    dependencies = asks(psycopg2="2.9.9", psycopg2_binary="2.9.9")
    (way,) = ways_around(dependencies, (), nothing)
    assert requirement(way, dependencies, "3.12") == ""


def test_a_machine_that_can_compile_takes_no_way() -> None:
    there = {"gcc", "pg_config", "mariadb_config"}
    dependencies = asks(psycopg2="2.9.9", mysqlclient="2.2.4")
    assert ways_around(dependencies, ("mysqlclient",), there.__contains__) == ()


def test_only_what_the_app_can_do_without_is_left_out() -> None:
    dependencies = asks(mysqlclient="2.2.4", uwsgi="2.0.28")
    assert ways_around(dependencies, (), nothing) == ()
    ways = ways_around(dependencies, ("mysqlclient",), nothing)
    assert [(way.distribution, way.instead) for way in ways] == [("mysqlclient", "")]
    assert requirement(ways[0], dependencies, "3.12") == ""
