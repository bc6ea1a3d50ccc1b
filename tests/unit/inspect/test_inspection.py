"""Inspection as a whole: whatever is in a project, there are facts and findings."""

from __future__ import annotations

import time

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.unit.inspect.projects import SETTINGS, codes, finding, plain

ODD = [
    b"\xff\xfe\x00",
    b"\x00\x01\x02",
    b"print 'python 2'\n",
    b"# -*- coding: latin-1 -*-\nX = '\xe9'\n",
    b"# -*- coding: nonsense -*-\nX = '\xe9'\n",
    b"X = (" * 500,
    b"def f(:\n",
    b"match x:\n    case 1: pass\n",
    "\ufeffX = 1\n".encode(),
    "X = 1\n".encode("utf-16"),
    b"[" * 10_000,
    b"",
    b"# -*- coding: rot13 -*-\nX = '\xe9'\n",
    b"# -*- coding: undefined -*-\nX = '\xe9'\n",
]
READ = ["manage.py", "mysite/settings.py", "mysite/wsgi.py", "requirements.txt", "Procfile",
        "deploy.toml", ".python-version", "runtime.txt", "pyproject.toml", "Pipfile",
        "Pipfile.lock", ".tool-versions", ".gitignore", ".dockerignore"]  # fmt: skip


@pytest.mark.parametrize("path", READ)
@pytest.mark.parametrize("content", ODD, ids=range(len(ODD)))
def test_odd_contents_of_any_file_raise_nothing(inspected, path, content) -> None:
    inspection = inspected(plain({path: content}))
    assert inspection.facts is not None


@pytest.mark.parametrize("content", [ODD[2], ODD[6], ODD[5]])
def test_settings_that_cannot_be_parsed_are_a_finding_with_a_line(inspected, content) -> None:
    said = finding(inspected(plain({"mysite/settings.py": content})), "W044")
    assert said.file == "mysite/settings.py"
    assert said.line >= 1
    assert said.severity == "warning"


def test_python_2_in_unrelated_files_is_nobodys_concern(inspected) -> None:
    assert inspected(plain({"scripts/old.py": "print 'x'\n"})).findings == ()


def test_requirements_in_utf_16_are_read_and_said(inspected) -> None:
    text = "Django==5.2.1\ngunicorn\ndj-database-url\nwhitenoise\n".encode("utf-16")
    inspection = inspected(plain({"requirements.txt": text}))
    assert "gunicorn" in inspection.facts.dependencies.value.names
    assert finding(inspection, "W045").file == "requirements.txt"


def test_mistakes_in_deploy_toml_are_findings_with_their_lines(inspected) -> None:
    text = "[build]\nrot = 1\n[scale]\nweb = 'x'\n"
    inspection = inspected(plain({"deploy.toml": text}))
    found = [(each.code, each.file, each.line, each.severity) for each in inspection.findings]
    assert found == [
        ("core.E021", "deploy.toml", 2, "error"),
        ("core.E022", "deploy.toml", 4, "error"),
    ]


def test_facts_keep_file_line_and_reason(inspected) -> None:
    facts = inspected(plain()).facts
    assert facts.settings.reason == "named in mysite/wsgi.py"
    assert facts.dependencies.file == "requirements.txt"


def test_migrations_are_listed_sorted_and_without_init(inspected) -> None:
    files = {"b/migrations/0001_x.py": "", "a/migrations/0002_y.py": "",
             "a/migrations/__init__.py": "", "a/migrations/deep/z.py": ""}  # fmt: skip
    assert inspected(plain(files)).facts.migrations == (
        "a/migrations/0002_y.py", "b/migrations/0001_x.py",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("STATIC_ROOT = BASE_DIR / 'staticfiles'", "/app/staticfiles"),
        ("STATIC_ROOT = '/srv/static/'", "/srv/static"),
        ("STATIC_ROOT = 'collected'", "/app/collected"),
        ("import os\nSTATIC_ROOT = os.environ['S']", "os.environ['S']"),
        ("", ""),
    ],
)
def test_static_root_is_told_as_far_as_it_is_known(inspected, text, value) -> None:
    base = "from pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent.parent\n"
    assert inspected(plain({"mysite/settings.py": base + text})).facts.static_root == value


def test_errors_come_first_and_in_order(inspected) -> None:
    files = plain({"requirements.txt": "django\n-r a.txt\n-r b.txt\n"})
    inspection = inspected(files)
    assert codes(inspection)[:2] == ["E005", "E005"]
    assert [each.line for each in inspection.findings[:2]] == [2, 3]


def test_settings_that_double_one_another_are_given_up_soon(inspected) -> None:
    lines = ["A0 = ['x']"] + [f"A{n + 1} = A{n} + A{n}" for n in range(60)]
    text = SETTINGS + "\n".join(lines) + "\nALLOWED_HOSTS = A60\n"
    started = time.monotonic()
    inspected(plain({"mysite/settings.py": text}))
    assert time.monotonic() - started < 5


_WORDS = st.sampled_from(
    ["DEBUG", "=", "True", "os.environ", "[", "]", "(", ")", "'x'", "\n", "if x:\n    ",
     "import os\n",
     "from .base import *\n", "DATABASES", "{", "}", ":", "env", ".get", ",", "BASE_DIR", "/", "+="]
)  # fmt: skip


@settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(words=st.lists(_WORDS, max_size=25))
def test_any_settings_are_read_without_an_exception(inspected, words) -> None:
    inspected(plain({"mysite/settings.py": " ".join(words).replace("\n ", "\n")}))
