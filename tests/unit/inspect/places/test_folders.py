"""Folders that settings write to and that the source does not have."""

from __future__ import annotations

import pytest

from nuages.core.facts import Folder
from tests.unit.inspect.projects import SETTINGS, codes, finding, plain

BASE = (
    "from pathlib import Path\nimport os\nBASE_DIR = Path(__file__).resolve().parent.parent\n"
    "STATIC_ROOT = '/data/static'\n"
)


def with_settings(text: str, **files: str) -> dict[str, str | bytes]:
    return plain({"mysite/settings.py": BASE + SETTINGS + text, **files})


def folders(inspection) -> list[tuple[str, str]]:
    found: list[Folder] = [fact.value for fact in inspection.facts.folders]
    return [(folder.path, folder.place) for folder in found]


@pytest.mark.parametrize(
    "line",
    [
        "HUEY = {'filename': os.path.join(BASE_DIR, 'data', 'tasks.sqlite3')}",
        "HUEY = {'filename': '/app/data/tasks.db'}",
        "DATABASES = {'default': {'NAME': BASE_DIR / 'data/db.sqlite3'}}",
        "database = {'NAME': BASE_DIR / 'data' / 'db.sqlite3'}",
        "DATA_DIR = os.environ.get('DATA_DIR', BASE_DIR / 'data')",
        "if os.environ.get('LIVE'):\n    EMAIL_FILE_PATH = BASE_DIR / 'data'",
        "HAYSTACK_CONNECTIONS = {'default': {'PATH': BASE_DIR / 'data'}}",
        "STORAGES = {'default': {'OPTIONS': {'location': f'{BASE_DIR}/data'}}}",
        "class Live:\n    EXPORT_ROOT = BASE_DIR / 'data'",
    ],
)
def test_a_folder_that_is_written_to_is_kept_in_the_volume(inspected, line) -> None:
    inspection = inspected(with_settings(line + "\n"))

    assert folders(inspection) == [("data", "/data/data")]
    assert "kept in /data/data" in finding(inspection, "W160").message


@pytest.mark.parametrize(
    "line",
    [
        "LOG_DIR = BASE_DIR / 'run'",
        "LOGGING = {'handlers': {'file': {'filename': BASE_DIR / 'run' / 'a.log'}}}",
        "LOGGING = {'handlers': {'file': {'filename': 'run/a.log'}}}",
        "import logging\nlogging.basicConfig(filename=BASE_DIR / 'run' / 'a.log')",
        "FILE_UPLOAD_TEMP_DIR = os.path.join(BASE_DIR, 'run')",
        "PIDFILE = BASE_DIR / 'run' / 'a.pid'",
    ],
)
def test_a_folder_for_logs_and_the_like_is_only_made(inspected, line) -> None:
    inspection = inspected(with_settings(line + "\n"))

    assert folders(inspection) == [("run", "")]
    assert "gone at the next restart" in finding(inspection, "W160").message


@pytest.mark.parametrize(
    "line",
    [
        "TEMPLATES = [{'DIRS': [BASE_DIR / 'data']}]",
        "STATICFILES_DIRS = [BASE_DIR / 'data']",
        "LOCALE_PATHS = [BASE_DIR / 'data']",
        "WEBPACK_LOADER = {'DEFAULT': {'STATS_FILE': BASE_DIR / 'data' / 'stats.json'}}",
        "FRONTEND_DIR = BASE_DIR / 'data'",
        "PAGES_DIR = BASE_DIR / 'web' / 'dist'",
        "CONVERTER = BASE_DIR / 'data'",
        "KEY_FILE = BASE_DIR / 'data' / 'key.pem'",
        "DATA_DIR = '/srv/data'",
        "DATA_DIR = os.environ['DATA_DIR']",
        "DATA_DIR = BASE_DIR / 'mysite'",
        "DATA_DIR = BASE_DIR / 'manage.py' / 'data'",
    ],
)
def test_what_is_read_or_is_elsewhere_or_is_there_is_left_alone(inspected, line) -> None:
    inspection = inspected(with_settings(line + "\n"))

    assert folders(inspection) == []
    assert "W160" not in codes(inspection)


def test_a_folder_in_another_one_is_made_in_there(inspected) -> None:
    text = "A_DIR = BASE_DIR / 'data/a'\nDATA_DIR = BASE_DIR / 'data'\nLOG_DIR = DATA_DIR / 'log'\n"

    inspection = inspected(with_settings(text))

    assert folders(inspection) == [("data", "/data/data"), ("data/a", ""), ("data/log", "")]
    assert finding(inspection, "W160").message.startswith("The folder data is made")


def test_uploads_lead_to_where_the_overlay_has_them(inspected) -> None:
    text = "MEDIA_ROOT = BASE_DIR / 'files' / 'media'\nFACES_DIR = MEDIA_ROOT / 'faces'\n"

    inspection = inspected(with_settings(text))

    assert folders(inspection) == [("files/media", "/data/media"), ("files/media/faces", "")]
    assert "W160" not in codes(inspection)


def test_a_folder_around_static_files_is_no_link(inspected) -> None:
    text = "PUBLIC_DIR = BASE_DIR / 'public'\nSTATIC_ROOT = PUBLIC_DIR / 'static'\n"
    text += "MEDIA_ROOT = PUBLIC_DIR / 'media'\n"

    found = folders(inspected(with_settings(text)))

    assert found == [("public", ""), ("public/media", "/data/media")]


@pytest.mark.parametrize("name", [".gitkeep", ".gitignore", "README.md"])
def test_a_folder_with_nothing_but_what_keeps_it_counts_as_empty(inspected, name) -> None:
    files = with_settings("DATA_DIR = BASE_DIR / 'data'\n", **{f"data/{name}": ""})

    assert folders(inspected(files)) == [("data", "/data/data")]


def test_a_folder_with_files_of_the_projects_stays(inspected) -> None:
    files = with_settings("DATA_DIR = BASE_DIR / 'data'\n", **{"data/cities.json": "[]"})

    assert folders(inspected(files)) == []


@pytest.mark.parametrize(
    ("path", "place"), [("lists/today.txt", "/data/lists"), ("logs/today.txt", "")]
)
def test_a_folder_that_only_the_code_writes_to_is_made_too(inspected, path, place) -> None:
    code = f"def put():\n    open(settings.BASE_DIR / '{path}', 'w')\n"

    inspection = inspected(with_settings("", **{"mysite/lists.py": code}))

    folder = path.partition("/")[0]
    assert folders(inspection) == [(folder, place)]
    assert ("W112" in codes(inspection)) is (place == "")
