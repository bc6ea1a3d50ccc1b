"""When the word of a former probe still holds."""

from pathlib import Path

import pytest

from nuages.build.probe import is_current
from nuages.core.source import Source, SourceFile

BEFORE = {
    "manage.py": "1",
    "mysite/__init__.py": "1",
    "mysite/settings.py": "1",
    "polls/views.py": "1",
    "polls/migrations/0001.py": "1",
    "polls/templates/a.html": "1",
    "polls/static/a.css": "1",
}
RECORD = {
    "opened": ["mysite/__init__.py", "mysite/settings.py", "polls/static/a.css"],
    "listed": ["/", "mysite/", "polls/static/"],
}


def files(contents: dict[str, str]) -> tuple[SourceFile, ...]:
    return tuple(SourceFile(path, digest, 1) for path, digest in sorted(contents.items()))


def holds(changes: dict[str, str | None], record: dict[str, object] = RECORD) -> bool:
    after = {path: digest for path, digest in {**BEFORE, **changes}.items() if digest}
    source = Source(Path("/source"), "sha256:x", "folder:x", "x", files(after))
    return is_current(record, files(BEFORE), source)


def test_an_unchanged_source_keeps_it() -> None:
    assert holds({})


@pytest.mark.parametrize("path", ["polls/views.py", "polls/templates/a.html", "manage.py"])
def test_a_changed_file_that_it_did_not_open_keeps_it(path: str) -> None:
    assert holds({path: "2"})


@pytest.mark.parametrize("path", ["mysite/settings.py", "polls/static/a.css"])
def test_a_changed_file_that_it_opened_ends_it(path: str) -> None:
    assert not holds({path: "2"})


def test_a_removed_file_that_it_opened_ends_it() -> None:
    assert not holds({"mysite/settings.py": None})


def test_a_file_that_it_opened_and_nobody_knows_ends_it() -> None:
    assert not holds({}, {**RECORD, "opened": ["static/app.css"]})


def test_a_new_module_in_a_folder_that_was_not_listed_keeps_it() -> None:
    assert holds({"polls/migrations/0002.py": "1"})


@pytest.mark.parametrize("path", ["local_settings.py", "mysite/local.py", "newpackage/__init__.py"])
def test_a_new_module_that_an_import_might_find_ends_it(path: str) -> None:
    assert not holds({path: "1"})


@pytest.mark.parametrize("path", [".config.toml", "polls/static/b.css", "polls/templates/b.html"])
def test_any_other_new_file_ends_it(path: str) -> None:
    assert not holds({path: "1"})


def test_without_a_trace_every_change_ends_it() -> None:
    untraced: dict[str, object] = {"opened": None, "listed": None}
    assert holds({}, untraced)
    assert not holds({"polls/views.py": "2"}, untraced)
