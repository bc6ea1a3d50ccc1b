"""Unsafe literals in the source of settings: what is replaced and what is left alone."""

from __future__ import annotations

import json
import textwrap
from typing import Any

import pytest

from nuages_runtime.overlay.literals import compile_settings, literal_keys

KEY = "from-the-platform"


@pytest.fixture(autouse=True)
def _platform(monkeypatch: pytest.MonkeyPatch) -> None:
    tell(monkeypatch)
    monkeypatch.setenv("SECRET_KEY", KEY)
    monkeypatch.delenv("DJANGO_CONFIGURATION", raising=False)


def tell(monkeypatch: pytest.MonkeyPatch, **more: object) -> None:
    document = {"hosts": ["polls.localhost"], "project": "/app", **more}
    monkeypatch.setenv("NUAGES_OVERLAY", json.dumps(document))


def run(text: str) -> dict[str, Any]:
    """The names that settings define once their literals are replaced."""
    source = textwrap.dedent(text)
    code = compile_settings(source.encode(), "/app/mysite/settings.py")
    names: dict[str, Any] = {}
    exec(code or source, names)  # noqa: S102 - the very thing that is tested
    return names


@pytest.mark.parametrize(
    "text",
    [
        "DEBUG = True",
        "DEBUG: bool = True",
        "DEBUG = TEMPLATE_DEBUG = True",
        "try:\n    import no_such_thing\nexcept ImportError:\n    DEBUG = True",
        "import os\nDEBUG = os.environ.get('NO_DEBUG_HERE', 'True') == 'True'",
        "import os\nDEBUG = bool(int(os.getenv('NO_DEBUG_HERE', '1')))",
        "def env(name, default): return default\nDEBUG = env('NO_DEBUG_HERE', default=True)",
    ],
)
def test_debug_becomes_false(text: str) -> None:
    assert run(text)["DEBUG"] is False


@pytest.mark.parametrize(
    "text",
    [
        "import sys\nDEBUG = 'runserver' not in sys.argv",
        "if True:\n    DEBUG = True",
        "import os\nDEBUG = os.environ.get('NO_PRODUCTION', 'True') == 'True'",
    ],
)
def test_what_the_project_decides_by_its_surroundings_is_left_to_it(text: str) -> None:
    assert run(text)["DEBUG"] is True


def test_a_variable_that_is_set_has_its_say(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("APP_DEBUG", "True")
    text = "import os\nDEBUG = os.environ.get('APP_DEBUG', 'True') == 'True'"
    assert run(text)["DEBUG"] is True


def test_names_inside_functions_and_classes_are_not_settings() -> None:
    names = run("def f():\n    DEBUG = True\n    return DEBUG\nclass C:\n    DEBUG = True\n")
    assert (names["f"](), names["C"].DEBUG) == (True, True)


def test_a_key_is_replaced_and_a_computed_one_is_not() -> None:
    assert run("SECRET_KEY = 'a' 'b'")["SECRET_KEY"] == KEY
    assert run("SECRET_KEY = str(1 + 1)")["SECRET_KEY"] == "2"


ECHO = """
import os
def call(*arguments, **named): return arguments[1:] or tuple(named.values())
config = env = open = get_secret = call
class Parser:
    get = str = staticmethod(call)
env.str = env.get_value = call
parser = Parser()
"""


@pytest.mark.parametrize(
    "expression",
    [
        "os.environ.get('NO_KEY_HERE', 'old')",
        "os.getenv('NO_SECRET_HERE', 'old')",
        "env('NO_KEY_HERE', default='old')[0]",
        "env('NO_KEY_HERE', str, 'old')[1]",
        "env.str('NO_KEY_HERE', 'old')[0]",
        "config('NO_KEY_HERE', default='old')[0]",
    ],
)
def test_the_default_of_a_variable_for_a_key_is_replaced(expression: str) -> None:
    assert run(f"{ECHO}SECRET_KEY = {expression}")["SECRET_KEY"] == KEY


@pytest.mark.parametrize(
    "expression",
    [
        "open('/path/key', 'old')[0]",
        "parser.get('SECRETS', 'old')[0]",
        "parser.get('KEYS', 'old', 'more')[0]",
        "get_secret('MY_KEY', 'old')[0]",
        "config('no-key', 'old')[0]",
        "config('REGION', 'old')[0]",
    ],
)
def test_arguments_of_other_calls_are_left_alone(expression: str) -> None:
    assert run(f"{ECHO}SECRET_KEY = {expression}")["SECRET_KEY"] == "old"


@pytest.mark.parametrize(
    "text",
    [
        "if False:\n    pass\nelse:\n    SECRET_KEY = 'the-old-one'",
        "SECRET_KEY = helper('x') or 'the-old-one'",
        "def f():\n    SECRET_KEY: str = 'the-old-one'",
        "SECRET_KEY = get_env_variable('NO_KEY', 'the-old-one')",
    ],
)
def test_every_literal_of_which_a_key_is_made_is_remembered(text: str) -> None:
    literal_keys.discard("the-old-one")
    compile_settings(text.encode(), "/app/mysite/settings.py")
    assert "the-old-one" in literal_keys


def test_hosts_keep_the_projects_and_lose_the_star() -> None:
    hosts = run("ALLOWED_HOSTS = ('a.example.com', '*')")["ALLOWED_HOSTS"]
    assert hosts == ("a.example.com", "polls.localhost")


def test_a_tuple_of_hosts_stays_one() -> None:
    assert run("ALLOWED_HOSTS = ()\nALL = ALLOWED_HOSTS + ('b',)")["ALL"] == (
        "polls.localhost",
        "b",
    )


def test_settings_to_keep_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    tell(monkeypatch, keep=["DEBUG"])
    assert run("DEBUG = True\nSECRET_KEY = 'x'")["DEBUG"] is True


def test_other_lines_keep_their_numbers() -> None:
    text = "DEBUG = True\nSECRET_KEY = (\n    'a'\n    'b'\n)\nALLOWED_HOSTS = []\nLINE = f()\n"
    with pytest.raises(NameError) as caught:
        run(text)
    assert caught.traceback[-1].lineno + 1 == 7


@pytest.mark.parametrize("text", ["", "X = 1", "DEBUG = False\n", "# DEBUG"])
def test_sources_without_unsafe_literals_are_left_to_their_bytecode(text: str) -> None:
    assert compile_settings(text.encode(), "/app/mysite/settings.py") is None


def test_an_encoding_cookie_is_honoured() -> None:
    source = "# -*- coding: latin-1 -*-\nDEBUG = True\nNAME = 'é'\n".encode("latin-1")
    names: dict[str, Any] = {}
    exec(compile_settings(source, "/app/mysite/settings.py"), names)  # noqa: S102
    assert (names["DEBUG"], names["NAME"]) == (False, "é")
