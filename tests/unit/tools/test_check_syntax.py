"""The rule that the runtime can be read by Python 3.6."""

import pytest

from tools.check_syntax import check_grammar


@pytest.mark.parametrize(
    "text",
    [
        "if (a := 1): pass",
        "def f(a, /): pass",
        "from __future__ import annotations",
        "import dataclasses",
        "from nuages.core import app",
    ],
)
def test_what_python_36_cannot_read_is_found(text: str) -> None:
    assert len(list(check_grammar("a.py", text))) == 1


def test_what_python_36_can_read_is_fine() -> None:
    assert list(check_grammar("a.py", "x: int = 1\nasync def f(): return f'{x}'\n")) == []
