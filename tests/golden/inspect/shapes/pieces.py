"""What the shapes are made of: a shape, and the texts that most of them share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

SETDEFAULT = 'import os\nos.environ.setdefault("DJANGO_SETTINGS_MODULE", "{}")\n'
SETTINGS = (
    "import os\nfrom pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent.parent\n"
    "SECRET_KEY = os.environ['SECRET_KEY']\nDEBUG = False\n"
    "ALLOWED_HOSTS = os.environ.get('ALLOWED_HOSTS', '').split(',')\n"
    "ROOT_URLCONF = 'shop.urls'\nSTATIC_ROOT = BASE_DIR / 'collected'\n"
)
REQUIREMENTS = "Django~=5.2\ndj-database-url\ngunicorn\nwhitenoise\n"
Files = Mapping[str, str | bytes | None]


@dataclass(frozen=True, slots=True)
class Shape:
    """A small tree, and what it stands for: something seen in real projects. `links` are
    symbolic links with their targets."""

    stands_for: str
    files: Mapping[str, str | bytes]
    links: Mapping[str, str] = field(default_factory=dict)


def manage(settings: str) -> str:
    """A manage.py."""
    return SETDEFAULT.format(settings) + (
        "from django.core.management import execute_from_command_line\n"
        "execute_from_command_line()\n"
    )


def served(settings: str, interface: str = "wsgi") -> str:
    """A wsgi.py or asgi.py."""
    return SETDEFAULT.format(settings) + (
        f"from django.core.{interface} import get_{interface}_application\n"
        f"application = get_{interface}_application()\n"
    )


def shop(changed: Files | None = None, *, below: str = "") -> dict[str, str | bytes]:
    """A project as `startproject` makes it, about which there is little to say, in the folder
    `below`; `changed` adds or replaces files, and None removes one. Its paths are whole."""
    files: dict[str, str | bytes | None] = {
        f"{below}manage.py": manage("shop.settings"),
        f"{below}shop/__init__.py": "",
        f"{below}shop/settings.py": SETTINGS,
        f"{below}shop/urls.py": "urlpatterns = []\n",
        f"{below}shop/wsgi.py": served("shop.settings"),
        "requirements.txt": REQUIREMENTS,
    }
    files.update(changed or {})
    return {path: content for path, content in files.items() if content is not None}
