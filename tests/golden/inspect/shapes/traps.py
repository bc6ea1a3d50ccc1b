"""Shapes of what goes wrong on the way live: static files, places, encodings, leftovers."""

from __future__ import annotations

from tests.golden.inspect.shapes.pieces import REQUIREMENTS, SETTINGS, Files, Shape, shop

MANIFEST = (
    "STORAGES = {'staticfiles': {'BACKEND': "
    "'whitenoise.storage.CompressedManifestStaticFilesStorage'}}\n"
)


def _more(more: str, files: Files | None = None) -> dict[str, str | bytes]:
    return shop({"shop/settings.py": SETTINGS + more, **(files or {})})


SHAPES = {
    "read-from-an-example": Shape(
        "settings that read a file, of which there is an example only",
        _more(
            "import json\nwith open(BASE_DIR / 'secrets.json') as f:\n    SECRETS = json.load(f)\n",
            {"secrets.example.json": '{"KEY": "fill in"}\n'},
        ),
    ),
    "read-from-nowhere": Shape(
        "settings that read a file that only their author has",
        _more("import json\nCONFIG = json.load(open('/etc/config.json'))\n"),
    ),
    "key-from-a-file": Shape(
        "the secret key is read from a file of its own, which is not in the source",
        _more("with open('/etc/secret_key.txt') as f:\n    SECRET_KEY = f.read().strip()\n"),
    ),
    "folders-that-must-exist": Shape(
        "folders that the settings write to, and that git does not keep",
        _more(
            "HUEY = {'huey_class': 'huey.SqliteHuey',\n"
            "        'filename': os.path.join(BASE_DIR, 'data', 'tasks.sqlite3')}\n"
            "ICONS_FOLDER = os.path.join(BASE_DIR, 'data', 'icons')\n"
            "MEDIA_ROOT = os.environ.get('MEDIA_ROOT', BASE_DIR / 'media')\n"
            "LOGGING = {'version': 1, 'handlers': {'file': {\n"
            "    'class': 'logging.FileHandler', 'filename': 'logs/shop.log'}}}\n",
            {"logs/.gitkeep": ""},
        ),
    ),
    "commit-of-git": Shape(
        "the release that errors are sent with is the commit, which git is asked for",
        _more(
            "import raven\n"
            "RAVEN_CONFIG = {'dsn': '', 'release': raven.fetch_git_sha(BASE_DIR)}\n",
            {"requirements.txt": REQUIREMENTS + "raven==6.10.0\n"},
        ),
    ),
    "no-static-root": Shape(
        "STATIC_ROOT is missing",
        shop({"shop/settings.py": SETTINGS.replace("STATIC_ROOT", "ELSEWHERE")}),
    ),
    "empty-static-root": Shape("STATIC_ROOT is an empty text", _more("STATIC_ROOT = ''\n")),
    "static-root-outside": Shape(
        "STATIC_ROOT and MEDIA_ROOT lie outside of the project",
        _more("STATIC_ROOT = '/var/www/static'\nMEDIA_ROOT = '/srv/media'\n"),
    ),
    "manifest": Shape(
        "hashed names of static files, whose sources a front-end build makes",
        _more(
            MANIFEST + "STATICFILES_DIRS = [BASE_DIR / 'frontend' / 'dist']\n",
            {"frontend/package.json": '{"scripts": {"build": "vite build"}}\n'},
        ),
    ),
    "page-of-a-front-end": Shape(
        "a front end's build makes the page that Django shows",
        _more(
            "TEMPLATES = [{'BACKEND': 'django.template.backends.django.DjangoTemplates',\n"
            "              'DIRS': ['dist', BASE_DIR / 'templates']}]\n"
            "STATIC_ROOT = BASE_DIR / 'dist' / 'static'\n",
            {
                "package.json": '{"scripts": {"build": "vue-cli-service build"}}\n',
                "vue.config.js": "module.exports = { outputDir: 'dist', assetsDir: 'static' }\n",
            },
        ),
    ),
    "no-whitenoise": Shape(
        "no whitenoise: somebody else has to serve static files",
        shop({"requirements.txt": "Django~=5.2\ngunicorn\ndj-database-url\n"}),
    ),
    "secure-redirect": Shape(
        "every request is sent on to HTTPS", _more("SECURE_SSL_REDIRECT = True\n")
    ),
    "hosts-of-another-platform": Shape(
        "ALLOWED_HOSTS from a variable of another platform",
        shop(
            {
                "shop/settings.py": SETTINGS.replace(
                    "os.environ.get('ALLOWED_HOSTS', '').split(',')",
                    "[os.environ['RENDER_EXTERNAL_HOSTNAME'], os.environ.get('SITE_URL')]",
                )
            }
        ),
    ),
    "committed-leftovers": Shape(
        "a .env, a key, a database, caches and an environment among the files",
        shop(
            {
                ".env": "DEBUG=1\n",
                "server.pem": "-----BEGIN PRIVATE KEY-----\n",
                "db.sqlite3": b"SQLite format 3\0",
                "shop/__pycache__/urls.cpython-312.pyc": b"\0",
                ".venv/pyvenv.cfg": "version = 3.12\n",
                "node_modules/x/index.js": "x\n",
            }
        ),
    ),
    "no-migrations": Shape(
        "an app with models and no migrations",
        shop({"goods/__init__.py": "", "goods/models.py": "from django.db import models\n"}),
    ),
    "imports-what-is-not-declared": Shape(
        "an imported package is declared for development only, or nowhere",
        _more(
            "INSTALLED_APPS = ['rest_framework', 'debug_toolbar']\n",
            {"requirements-dev.txt": "django-debug-toolbar\n"},
        ),
    ),
    "latin-1": Shape(
        "settings in an old encoding, declared and undeclared",
        shop(
            {
                "shop/settings.py": b"# -*- coding: latin-1 -*-\nNAME = 'caf\xe9'\n"
                + SETTINGS.encode(),
                "shop/urls.py": b"# caf\xe9\nurlpatterns = []\n",
            }
        ),
    ),
    "byte-order-mark": Shape(
        "files with a byte order mark",
        {path: str(text).encode("utf-8-sig") for path, text in shop().items()},
    ),
    "huge-settings": Shape(
        "very long settings", _more("".join(f"OPTION_{n} = {n}\n" for n in range(5)) * 600)
    ),
    "database-cache": Shape(
        "the cache is a table of the database",
        _more("CACHES = {'default': {'BACKEND': 'django.core.cache.backends.db.DatabaseCache',\n"
              "                      'LOCATION': 'cache'}}\n"),
    ),
    "static-from-node-modules": Shape(
        "node_modules is itself a folder of static files",
        _more("STATICFILES_DIRS = [BASE_DIR / 'node_modules']\n", {"package.json": "{}\n"}),
    ),
}  # fmt: skip
