"""A small project and an empty folder to work in."""

from __future__ import annotations

from pathlib import Path

import pytest


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """An unprepared project with a worker."""
    folder = tmp_path / "polls"
    (folder / "mysite").mkdir(parents=True)
    setdefault = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "mysite.settings")\n'
    (folder / "manage.py").write_text(setdefault)
    (folder / "mysite/__init__.py").write_text("")
    (folder / "mysite/wsgi.py").write_text(setdefault + "application = None\n")
    (folder / "mysite/settings.py").write_text('SECRET_KEY = "x"\nDEBUG = True\n')
    (folder / "requirements.txt").write_text("Django==5.2\n")
    (folder / "Procfile").write_text("worker: python manage.py work\n")
    (folder / ".env").write_text("SECRET=canary\n")
    return folder


@pytest.fixture
def scratch(tmp_path: Path) -> Path:
    """An empty folder of the caller's."""
    folder = tmp_path / "scratch"
    folder.mkdir()
    return folder
