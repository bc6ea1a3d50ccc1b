"""Keys in files that only the project's author has."""

from __future__ import annotations

import json
import textwrap
from pathlib import Path
from typing import Any

import pytest

from nuages_runtime.overlay.literals import compile_settings

KEY = "from-the-platform"


@pytest.fixture(autouse=True)
def _platform(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    document = {"hosts": ["polls.localhost"], "project": "/app"}
    monkeypatch.setenv("NUAGES_OVERLAY", json.dumps(document))
    monkeypatch.setenv("SECRET_KEY", KEY)
    monkeypatch.chdir(tmp_path)


def run(text: str) -> dict[str, Any]:
    source = textwrap.dedent(text)
    code = compile_settings(source.encode(), "/app/mysite/settings.py")
    names: dict[str, Any] = {}
    exec(code or source, names)  # noqa: S102 - the very thing that is tested
    return names


READING = [
    "with open('key.txt') as f:\n    SECRET_KEY = f.read().strip()\n",
    "from pathlib import Path\nSECRET_KEY = Path('key.txt').read_text().strip()\n",
    "def key():\n    with open('key.txt') as f:\n        return f.read()[:6]\nSECRET_KEY = key()\n",
]
LOADING = """
    import json
    with open('secrets.json') as f:
        secrets = json.loads(f.read())
    def get_secret(name):
        try:
            return secrets[name]
        except KeyError:
            raise RuntimeError(name)
    SECRET_KEY = get_secret('SECRET_KEY')
"""


@pytest.mark.parametrize("text", READING)
def test_where_the_file_is_not_there_the_apps_own_key_is_used(text: str) -> None:
    assert run(text)["SECRET_KEY"] == KEY


@pytest.mark.parametrize("text", READING)
def test_where_the_file_is_there_it_is_read(text: str) -> None:
    Path("key.txt").write_text("theirs\n")
    assert run(text)["SECRET_KEY"] == "theirs"


def test_of_a_file_of_several_secrets_the_key_is_known() -> None:
    assert run(LOADING)["SECRET_KEY"] == KEY


def test_other_secrets_of_the_file_are_missing_as_the_file_is() -> None:
    with pytest.raises(FileNotFoundError, match=r"secrets\.json"):
        run(textwrap.dedent(LOADING) + "PASSWORD = get_secret('PASSWORD')\n")


def test_a_file_that_has_nothing_to_do_with_the_key_is_missed() -> None:
    with pytest.raises(FileNotFoundError):
        run("import json\nwith open('c.json') as f:\n    c = json.load(f)\nSECRET_KEY = 'x'\n")
