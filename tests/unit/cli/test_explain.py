"""explain: every code that the platform can show is known."""

from __future__ import annotations

from nuages.cli.catalogue import read_catalogue
from tests.unit.cli.conftest import Nuages


def test_a_code_is_explained_with_its_fix(nuages: Nuages) -> None:
    ended = nuages("explain", "client.E001")

    assert ended.code == 0
    assert ended.out.startswith("client.E001 (error): The platform does not answer")
    assert "Fix: Start it: nuages up" in ended.out


def test_the_case_of_a_code_does_not_matter(nuages: Nuages) -> None:
    assert nuages("explain", "CLIENT.e001", "--json").json["code"] == "client.E001"


def test_the_code_of_a_finding_needs_no_room(nuages: Nuages) -> None:
    assert nuages("explain", "W010").out == nuages("explain", "inspect.W010").out != ""


def test_an_unknown_code_suggests_its_neighbour(nuages: Nuages) -> None:
    ended = nuages("explain", "client.E01")

    assert ended.code == 4
    assert "nuages explain client.E00" in ended.err


def test_errors_of_every_room_and_rules_are_in_the_catalogue() -> None:
    rooms = {code.partition(".")[0] for code in read_catalogue()}

    assert {"core", "source", "inspect", "build", "release", "route", "control", "cli"} <= rooms
    assert read_catalogue()["inspect.E001"].explanation


def test_every_code_has_a_title_and_a_fix() -> None:
    for entry in read_catalogue().values():
        assert entry.title, entry.code
        assert entry.fix, entry.code


def test_a_check_of_djangos_leads_to_its_documentation(nuages: Nuages) -> None:
    ended = nuages("explain", "django.security.W004")

    assert ended.code == 0
    assert "docs.djangoproject.com" in ended.out
    assert nuages("explain", "django.nothing").code == 4


def test_a_rule_says_what_it_needs_and_whether_a_program_mends_it(nuages: Nuages) -> None:
    mended = nuages("explain", "inspect.W011").out

    assert "Mended by: nuages fix PATH inspect.W011" in mended
    assert "Needs: the source alone" in mended
    assert "Needs: the project built and started" in nuages("explain", "inspect.E031").out
