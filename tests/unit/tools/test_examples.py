"""Every example says what must answer, and stays the kind of project that it shows."""

from pathlib import Path

import pytest

from tools.answers import read_expected
from tools.demo import EXAMPLES, examples


def test_every_example_has_a_test_json_and_a_readme() -> None:
    folders = {path.name for path in EXAMPLES.iterdir() if path.is_dir()}

    assert folders == {path.name for path in examples()}
    assert all((EXAMPLES / name / "README.md").is_file() for name in folders)


@pytest.mark.parametrize("example", examples(), ids=lambda path: path.name)
def test_every_example_is_asked_for_a_page_and_a_static_file(example: Path) -> None:
    expected = read_expected(example)

    assert expected["requests"]
    assert expected["static"]["path"].startswith("/static/")
    assert set(expected) <= {"requests", "static", "forms", "websocket"}


def test_the_polls_project_stays_unprepared() -> None:
    settings = (EXAMPLES / "polls/mysite/settings.py").read_text()

    assert "DEBUG = True" in settings
    assert "ALLOWED_HOSTS = []" in settings
    assert "environ" not in settings
    assert "STATIC_ROOT" not in settings
    assert (EXAMPLES / "polls/requirements.txt").read_text() == "Django>=5.2,<6\n"
