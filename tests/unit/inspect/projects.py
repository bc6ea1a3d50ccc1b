"""Texts of small projects, and how tests look at what inspection says of them."""

from __future__ import annotations

from nuages.core.finding import Finding
from nuages.inspect.inspection import Inspection

MANAGE = """
import os, sys
def main():
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{settings}")
    from django.core.management import execute_from_command_line
    execute_from_command_line(sys.argv)
"""
WSGI = """
import os
from django.core.wsgi import get_wsgi_application
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "{settings}")
application = get_wsgi_application()
"""
ASGI = WSGI.replace("wsgi", "asgi")
SETTINGS = """
import os
SECRET_KEY = os.environ["SECRET_KEY"]
DEBUG = False
ALLOWED_HOSTS = os.environ["ALLOWED_HOSTS"].split(",")
ROOT_URLCONF = "mysite.urls"
WSGI_APPLICATION = "mysite.wsgi.application"
STATIC_ROOT = "/data/static"
"""
REQUIREMENTS = "Django==5.2.1\ngunicorn\ndj-database-url\nwhitenoise\n"


def plain(changed: dict[str, str | bytes | None] | None = None) -> dict[str, str | bytes]:
    """A project about which there is nothing to say; `changed` adds or replaces files, and
    None removes one."""
    files: dict[str, str | bytes | None] = {
        "manage.py": MANAGE.format(settings="mysite.settings"),
        "mysite/__init__.py": "",
        "mysite/settings.py": SETTINGS,
        "mysite/wsgi.py": WSGI.format(settings="mysite.settings"),
        "mysite/urls.py": "urlpatterns = []\n",
        "requirements.txt": REQUIREMENTS,
    }
    files.update(changed or {})
    return {path: content for path, content in files.items() if content is not None}


def codes(inspection: Inspection) -> list[str]:
    """The codes of all findings, without the folder."""
    return [finding.code.removeprefix("inspect.") for finding in inspection.findings]


def finding(inspection: Inspection, code: str) -> Finding:
    """The one finding of this code."""
    found = [each for each in inspection.findings if each.code.endswith(code)]
    assert len(found) == 1, inspection.findings
    return found[0]
