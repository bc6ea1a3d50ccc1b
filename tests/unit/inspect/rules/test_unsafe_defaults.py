"""Defaults that are unsafe where nobody sets the variable: errors of a strict inspection."""

from __future__ import annotations

import pytest

from nuages.core.finding import Severity
from tests.unit.inspect.projects import SETTINGS, codes, finding, plain

HEAD = "import os\nimport environ\nfrom decouple import config\nenv = environ.Env()\n"


def with_line(line: str) -> dict[str, str | bytes]:
    return plain({"mysite/settings.py": f"{SETTINGS}\n{HEAD}{line}\n"})


@pytest.mark.parametrize(
    ("code", "line"),
    [
        ("W010", "SECRET_KEY = os.environ.get('KEY', 'dev-key')"),
        ("W010", "SECRET_KEY = config('KEY', default='dev-key')"),
        ("W011", "DEBUG = os.environ.get('SHOW', 'True') == 'True'"),
        ("W011", "DEBUG = os.environ.get('SHOW', '1') != '0'"),
        ("W011", "DEBUG = bool(os.environ.get('DJANGO_DEBUG', True))"),
        ("W011", "DEBUG = env.bool('DEBUG', default=True)"),
        ("W011", "DEBUG = config('DEBUG', default='yes', cast=bool)"),
        ("W110", "ALLOWED_HOSTS = os.environ.get('HOSTS', '*').split(',')"),
        ("W110", "ALLOWED_HOSTS = env.list('HOSTS', default=['*'])"),
    ],
)
def test_an_unsafe_default_is_an_error_where_the_inspection_is_strict(
    inspected, code, line
) -> None:
    said = finding(inspected(with_line(line), strict=True), code)
    assert said.severity is Severity.ERROR
    assert said.file == "mysite/settings.py"
    assert code not in codes(inspected(with_line(line)))


@pytest.mark.parametrize(
    "line",
    [
        "SECRET_KEY = os.environ.get('KEY')",
        "SECRET_KEY = os.environ.get('KEY', '')",
        "SECRET_KEY = os.environ.get('KEY') or get_random_secret_key()",
        "DEBUG = os.environ.get('SHOW', 'False') == 'True'",
        "DEBUG = os.environ.get('SHOW') == 'True'",
        "DEBUG = env.bool('DEBUG', default=False)",
        "ALLOWED_HOSTS = os.environ.get('HOSTS', '').split(',')",
    ],
)
def test_a_safe_default_is_not_said(inspected, line) -> None:
    found = codes(inspected(with_line(line), strict=True))
    assert {"W010", "W011", "W110"}.isdisjoint(found)
