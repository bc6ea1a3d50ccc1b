"""Releases that contradict each other, in uv's words."""

from __future__ import annotations

import pytest

from nuages.build.versions.contradictions import contradiction

PINS = (("django", "4.0.3"), ("django-celery-beat", "2.2.1"))
SAID = """error: No solution found when resolving dependencies
  cause: Because django-celery-beat==2.2.1 depends on django>=2.2,<4.0 and you require
         django==4.0.3, we can conclude that your requirements and django-celery-beat==2.2.1
         are incompatible.
"""


def test_what_is_against_a_named_release_is_told() -> None:
    told = "django-celery-beat==2.2.1 depends on django>=2.2,<4.0, and django==4.0.3 is named"
    assert contradiction(SAID, PINS) == told


@pytest.mark.parametrize(
    "said",
    [
        "Because there is no version of x==9 and you require x==9, your requirements are "
        "unsatisfiable.",
        # Neither side is named: nothing can be held to.
        "Because a==1 depends on six<1 and b==2 depends on six>1, a==1 and b==2 are incompatible.",
        "Because the current Python version (3.9) does not satisfy Python>=3.10 and a==1 depends "
        "on Python>=3.10, your requirements are unsatisfiable.",
        "Failed to build a==1: it depends on django>3",
    ],
)
def test_other_failures_are_not_taken_for_one(said: str) -> None:
    assert contradiction(said, PINS) == ""
