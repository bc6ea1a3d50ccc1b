"""Whether packages do not fit each other."""

from __future__ import annotations

import sys
import types
from pathlib import Path

import pytest

from nuages_runtime.absent.unfit import is_unfit


def run(code: str, file: str) -> BaseException:
    try:
        exec(compile(code, file, "exec"), {"__name__": "x"})  # noqa: S102
    except Exception as error:
        return error
    raise AssertionError("nothing was raised")


PACKAGE = "/venv/lib/python3.12/site-packages/old/__init__.py"


@pytest.mark.parametrize(
    ("code", "file", "unfit"),
    [
        # A package asks another one, or Python, for what is gone.
        ("from collections import Callable", "/app/polls/views.py", True),
        ("import collections; collections.Callable", "/app/polls/views.py", True),
        ("from asyncore import loop2", PACKAGE, sys.version_info >= (3, 12)),
        ("import json.gone", PACKAGE, True),
        ("open(1, 2, 3, 4, 5, 6, 7, 8, 9)", PACKAGE, True),
        ("None.gone", PACKAGE, True),
        # The project's own mistakes, and a package's word on what it was handed.
        ("None.gone", "/app/polls/views.py", False),
        ("gone", "/app/polls/views.py", False),
        ("import gone_module", "/app/polls/views.py", False),
        ("raise ValueError('no key')", PACKAGE, False),
        ("import os.path; os.path.join(None)", "/app/polls/settings.py", False),
    ],
)
def test_an_error_shows_whether_packages_fit(code: str, file: str, unfit: bool) -> None:
    assert is_unfit(run(code, file), "/app") is unfit


def test_modules_of_the_projects_own_are_its_own_business(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = types.ModuleType("own_module")
    own.__file__ = str(tmp_path / "own_module.py")
    (tmp_path / "own_module.py").write_text("")
    monkeypatch.setitem(sys.modules, "own_module", own)
    monkeypatch.syspath_prepend(tmp_path)
    for code in ("import own_module; own_module.gone", "from own_module import gone"):
        assert not is_unfit(run(code, str(tmp_path / "a.py")), str(tmp_path))


def test_what_an_error_was_raised_for_counts() -> None:
    code = (
        "try:\n    from collections import Callable\nexcept ImportError:\n    raise ValueError('x')"
    )
    assert is_unfit(run(code, "/app/a.py"), "/app")
