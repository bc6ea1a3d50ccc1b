"""Releases that get no security fixes any more are named with the month of their end."""

from __future__ import annotations

import pytest

from tests.unit.inspect.projects import codes, finding, plain


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("Django==4.2.16", "Django 4.2 gets no security fixes since April 2026"),
        ("Django~=4.2", "Django 4.2 gets no security fixes since April 2026"),
        ("Django>=5.0,<5.1", "Django 5.0 gets no security fixes since April 2025"),
    ],
)
def test_a_django_past_its_end_is_said(inspected, line, words) -> None:
    said = finding(inspected(plain({"requirements.txt": f"{line}\n"})), "W113")

    assert (said.message, said.file, said.line) == (words, "requirements.txt", 1)


@pytest.mark.parametrize(
    "line", ["Django", "Django>=4.2", "Django==9.0", "Django==3.2", "Django>=4.2,<99"]
)
def test_nothing_is_said_of_a_django_that_may_be_newer_or_has_another_rule(inspected, line) -> None:
    assert "W113" not in codes(inspected(plain({"requirements.txt": f"{line}\n"})))


def test_a_python_past_its_end_is_said(inspected) -> None:
    said = finding(inspected(plain({"runtime.txt": "python-3.8.10\n"})), "W114")

    assert said.message == "Python 3.8 gets no security fixes since October 2024"
    assert said.file == "runtime.txt"


@pytest.mark.parametrize("text", ["python-3.99.0\n", None])
def test_nothing_is_said_of_a_newer_python_or_of_none(inspected, text) -> None:
    assert "W114" not in codes(inspected(plain({"runtime.txt": text})))
