"""Errors of a flow go on their way with their causes."""

from __future__ import annotations

import pickle

import pytest

from nuages.core.errors import ErrorCode, NuagesError
from nuages.diagnose.context import Context
from nuages.pipeline.explained import explained

FAILED = ErrorCode("test.E001", "It failed", "Mend it.")


def test_an_error_gets_the_cause_that_its_output_shows_and_keeps_its_code() -> None:
    with pytest.raises(NuagesError) as caught, explained(lambda: Context("shop")):
        raise NuagesError(
            FAILED, "It failed", details="ModuleNotFoundError: No module named 'yaml'"
        )

    [cause] = caught.value.causes
    assert caught.value.code is FAILED
    assert caught.value.hint == "Mend it."
    assert cause.title == "The module 'yaml' is not installed; PyYAML brings it"
    assert cause.fix == "Add a line to requirements.txt: PyYAML"
    assert [(proof.number, proof.line) for proof in cause.proofs] == [
        (1, "ModuleNotFoundError: No module named 'yaml'")
    ]


def test_an_error_of_something_else_gets_none() -> None:
    with pytest.raises(NuagesError) as caught, explained(lambda: Context("shop")):
        raise NuagesError(FAILED, "It failed", details="ValueError: no rows for you")

    assert caught.value.causes == ()


def test_what_is_no_error_of_ours_passes_through() -> None:
    with pytest.raises(ZeroDivisionError), explained(lambda: Context("shop")):
        raise ZeroDivisionError


def test_causes_travel_with_a_pickled_error() -> None:
    with pytest.raises(NuagesError) as caught, explained(lambda: Context("shop")):
        raise NuagesError(FAILED, "OperationalError: database is locked")

    # Of our own making.
    copied = pickle.loads(pickle.dumps(caught.value))  # noqa: S301
    assert copied.causes == caught.value.causes != ()
