"""Shapes of how settings are written, chosen and fed."""

from __future__ import annotations

from tests.golden.inspect.shapes.pieces import (
    REQUIREMENTS,
    SETTINGS,
    Files,
    Shape,
    manage,
    served,
    shop,
)

HARD_CODED = (
    "from pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent.parent\n"
    "SECRET_KEY = 'django-insecure-x'\nDEBUG = True\nALLOWED_HOSTS = []\n"
    "ROOT_URLCONF = 'shop.urls'\nWSGI_APPLICATION = 'shop.wsgi.application'\n"
    "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3',\n"
    "                         'NAME': BASE_DIR / 'db.sqlite3'}}\nSTATIC_URL = 'static/'\n"
)
DEVELOPMENT = "from .base import *\nDEBUG = True\n"
PRODUCTION = "from .base import *\nDEBUG = False\n"


def _written(
    text: str, requirements: str = REQUIREMENTS, files: Files | None = None
) -> dict[str, str | bytes]:
    return shop({"shop/settings.py": text, "requirements.txt": requirements, **(files or {})})


def _package(members: Files, files: Files | None = None) -> dict[str, str | bytes]:
    below = {f"shop/settings/{name}.py": text for name, text in members.items()}
    return shop({"shop/settings.py": None, "shop/settings/__init__.py": "", **below,
                 **(files or {})})  # fmt: skip


def _database(text: str) -> dict[str, str | bytes]:
    return shop({"shop/settings.py": SETTINGS + f"DATABASES = {text}\n"})


def _named(engine: str) -> dict[str, str | bytes]:
    return _database(
        f"{{'default': {{'ENGINE': '{engine}', 'NAME': os.environ.get('DB_NAME', 'shop'),\n"
        "    'HOST': os.environ['DB_HOST'], 'PASSWORD': os.environ['DB_PASSWORD']}}"
    )


SHAPES = {
    "hard-coded": Shape(
        "one settings.py with its key, DEBUG and SQLite written into it", _written(HARD_CODED)
    ),
    "base-local-production": Shape(
        "a settings package: manage.py names local, wsgi.py production",
        _package(
            {"base": SETTINGS, "local": DEVELOPMENT, "production": PRODUCTION},
            {
                "manage.py": manage("shop.settings.local"),
                "shop/wsgi.py": served("shop.settings.production"),
            },
        ),
    ),
    "wsgi-and-asgi-differ": Shape(
        "wsgi.py and asgi.py name different settings",
        _package(
            {"base": SETTINGS, "one": PRODUCTION, "two": PRODUCTION},
            {
                "shop/wsgi.py": served("shop.settings.one"),
                "shop/asgi.py": served("shop.settings.two", "asgi"),
            },
        ),
    ),
    "only-development-named": Shape(
        "everything names the settings for development, and there are no others",
        _package(
            {"base": SETTINGS, "dev": DEVELOPMENT},
            {
                "manage.py": manage("shop.settings.dev"),
                "shop/wsgi.py": served("shop.settings.dev"),
            },
        ),
    ),
    "named-module-is-missing": Shape(
        "wsgi.py names a settings module that does not exist",
        shop({"shop/wsgi.py": served("shop.settings.production")}),
    ),
    "empty-settings-package": Shape(
        "the named settings package is empty; production lies in it",
        _package({"base": SETTINGS, "production": PRODUCTION}),
    ),
    "tests-branch": Shape(
        "manage.py chooses other settings when `test` is an argument",
        _package(
            {"base": SETTINGS, "production": PRODUCTION, "testing": DEVELOPMENT},
            {
                "manage.py": "import os, sys\nif 'test' in sys.argv:\n"
                "    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings.testing')\n"
                "else:\n"
                "    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings.production')\n",
                "shop/wsgi.py": None,
            },
        ),
    ),
    "another-command-branch": Shape(
        "manage.py chooses other settings for one command, and else those for development",
        _package(
            {
                "base": SETTINGS, "production": PRODUCTION, "dev_local": DEVELOPMENT,
                "migrations": "",
            },
            {
                "manage.py": "import os, sys\nif sys.argv[1] == 'makemigrations':\n"
                "    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings.migrations')\n"
                "else:\n"
                "    os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'shop.settings.dev_local')\n",
                "shop/wsgi.py": None,
            },
        ),
    ),
    "assigned-outright": Shape(
        "DJANGO_SETTINGS_MODULE is assigned, whatever the environment says",
        _package(
            {"base": SETTINGS, "local": DEVELOPMENT, "production": PRODUCTION},
            {
                "manage.py": "import os\n"
                "os.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings.local'\n",
                "shop/wsgi.py": "import os\n"
                "os.environ['DJANGO_SETTINGS_MODULE'] = 'shop.settings.local'\n"
                "from django.core.wsgi import get_wsgi_application\n"
                "application = get_wsgi_application()\n",
            },
        ),
    ),
    "from-outside": Shape(
        "nothing names the settings: the variable is mandatory",
        shop(
            {
                "manage.py": "from django.core.management import execute_from_command_line\n"
                "execute_from_command_line()\n",
                "shop/wsgi.py": "from django.core.wsgi import get_wsgi_application\n"
                "application = get_wsgi_application()\n",
            }
        ),
    ),
    "production-imports-local": Shape(
        "settings/production.py takes in a local.py if there is one",
        _package(
            {
                "base": SETTINGS,
                "dev": DEVELOPMENT,
                "production": PRODUCTION
                + "try:\n    from .local import *\nexcept ImportError:\n    pass\n",
            },
            {"manage.py": manage("shop.settings.dev")},
        ),
    ),
    "environ": Shape(
        "django-environ",
        _written(
            "import environ\nenv = environ.Env(DEBUG=(bool, False))\nDEBUG = env('DEBUG')\n"
            "SECRET_KEY = env.str('SECRET_KEY')\nDATABASES = {'default': env.db('DB_URL')}\n"
            "ALLOWED_HOSTS = env.list('HOSTS', default=[])\nROOT_URLCONF = 'shop.urls'\n",
            "Django~=5.2\ndjango-environ\n",
        ),
    ),
    "environs": Shape(
        "environs",
        _written(
            "from environs import Env\nenv = Env()\nenv.read_env()\n"
            "SECRET_KEY = env('SECRET_KEY')\nDEBUG = env.bool('DEBUG', default=False)\n"
            "DATABASES = {'default': env.dj_db_url('DATABASE_URL')}\nROOT_URLCONF = 'shop.urls'\n",
            "Django~=5.2\nenvirons[django]\n",
        ),
    ),
    "decouple": Shape(
        "python-decouple",
        _written(
            "from decouple import Csv, config\nSECRET_KEY = config('SECRET_KEY')\n"
            "DEBUG = config('DEBUG', default=False, cast=bool)\n"
            "ALLOWED_HOSTS = config('HOSTS', cast=Csv())\nROOT_URLCONF = 'shop.urls'\n",
            "Django~=5.2\npython-decouple\n",
        ),
    ),
    "dotenv": Shape(
        "python-dotenv, with an example of the file",
        _written(
            "from dotenv import load_dotenv\nload_dotenv()\n" + SETTINGS,
            "Django~=5.2\npython-dotenv\n",
            {".env.example": "SECRET_KEY=\nALLOWED_HOSTS=localhost\n"},
        ),
    ),
    "dj-database-url": Shape(
        "dj-database-url with a default",
        _written(
            SETTINGS + "import dj_database_url\nDATABASES = {'default': dj_database_url.config("
            "default='sqlite:///db.sqlite3')}\n"
        ),
    ),
    "split-settings": Shape(
        "django-split-settings",
        _written(
            "from split_settings.tools import include, optional\n"
            "include('parts/base.py', optional('parts/local.py'))\n",
            "Django~=5.2\ndjango-split-settings\n",
            {"shop/parts/base.py": SETTINGS},
        ),
    ),
    "pydantic": Shape(
        "pydantic-settings",
        _written(
            "from pydantic_settings import BaseSettings\n\nclass Env(BaseSettings):\n"
            "    secret_key: str\n    debug: bool = False\n\nenv = Env()\n"
            "SECRET_KEY = env.secret_key\nDEBUG = env.debug\nROOT_URLCONF = 'shop.urls'\n",
            "Django~=5.2\npydantic-settings\n",
        ),
    ),
    "configparser": Shape(
        "an ini file read by configparser",
        _written(
            "import configparser\nconfig = configparser.ConfigParser()\nconfig.read('shop.ini')\n"
            "SECRET_KEY = config['django']['secret']\nROOT_URLCONF = 'shop.urls'\n",
            files={"shop.ini": "[django]\nsecret = x\n"},
        ),
    ),
    "many-variables": Shape(
        "variables without default, with a form of their own, for third parties",
        _written(
            SETTINGS + "import json\nPORT = int(os.environ['MAIL_PORT'])\n"
            "STRIPE = os.environ['STRIPE_KEY']\nKEYS = json.loads(os.environ['KEYS_JSON'])\n"
            "PASSWORD = open(os.environ['PASSWORD_FILE']).read()\n"
        ),
    ),
    "sqlite-in-the-code": Shape(
        "SQLite in the project's folder",
        _database("{'default': {'ENGINE': 'django.db.backends.sqlite3',\n    'NAME': BASE_DIR / "
                  "'db.sqlite3'}}"),
    ),
    "postgres": Shape(
        "PostgreSQL by variables of its own", _named("django.db.backends.postgresql")
    ),
    "mysql": Shape("MySQL by variables of its own", _named("django.db.backends.mysql")),
    "no-database": Shape("DATABASES is empty", _database("{}")),
    "database-in-memory": Shape(
        "SQLite in memory",
        _database("{'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': ':memory:'}}"),
    ),
}  # fmt: skip
