"""Every rule of inspection, declared once: documents and `nuages explain` are printed from here."""

from __future__ import annotations

from nuages.core.finding import Rule, Severity

_RULES: list[Rule] = []


def _rule(rule: Rule) -> Rule:
    _RULES.append(rule)
    return rule


def _error(code: str, title: str, why: str, fix: str) -> Rule:
    return _rule(Rule(f"inspect.{code}", title, Severity.ERROR, why, fix))


def _warning(code: str, title: str, why: str, fix: str, *, strict: bool = False) -> Rule:
    return _rule(Rule(f"inspect.{code}", title, Severity.WARNING, why, fix, strict=strict))


def _remark(code: str, title: str, why: str, fix: str) -> Rule:
    return _rule(Rule(f"inspect.{code}", title, Severity.INFO, why, fix))


# The project's shape.
NO_PROJECT = _error(
    "E001",
    "manage.py not found",
    "A Django project has a manage.py, or at least a wsgi.py or a settings module. None of them "
    "is in the source.",
    "Ensure manage.py is at the top of the folder or zip, or name its folder: --root DIR",
)
SEVERAL_PROJECTS = _error(
    "E002",
    "Several projects, and none stands out",
    "Each folder with a manage.py is a project; only one can be an app.",
    "Name one: --root DIR, or in deploy.toml: [build] root",
)
BAD_ROOT = _error(
    "E003",
    "The named root is not in the source",
    "--root and [build] root name a folder of the source, relative to its top.",
    "Name a folder that exists.",
)
NO_SETTINGS = _error(
    "E004",
    "The settings module does not exist",
    "Django needs a settings module. The one that is named, or any, is not in the source.",
    "Name it in deploy.toml: [build] settings",
)
MISSING_REQUIREMENTS = _error(
    "E005",
    "A requirements file is missing",
    "A requirements file includes another one that is not in the source.",
    "Add the file, or remove the line.",
)
NEEDS_SHELL = _error(
    "E006",
    "A command needs a shell",
    "Commands are split into words and run without a shell, so that nothing is interpreted twice.",
    "Put the line into a script of the project and name the script.",
)
BAD_REQUIREMENTS = _error(
    "E007",
    "A dependency file cannot be read",
    "The packages to install are read from it.",
    "Mend the line that is named.",
)
PROJECT_TEMPLATE = _error(
    "E010",
    "The source is a template of projects, and no project",
    "Its names are still to be filled in, as in `{{ project_name }}`, so nothing in it can run.",
    "Make a project from the template, and deploy the folder that this makes.",
)
COPY_EXAMPLE = _error(
    "E011",
    "Settings that are to be copied from an example are missing",
    "The settings cannot be loaded without the file. The project has an example of it, which "
    "somebody has to copy and fill in.",
    "Copy the example to where the file is expected; no ignore file may name the copy.",
)
NOTHING_SERVED = _error(
    "E012",
    "A project of one file has nothing to serve",
    "The file configures Django itself. What is served is imported from it by its name.",
    "Write at the top level of the file: application = get_wsgi_application()",
)
NOT_AT_TOP = _warning(
    "W001",
    "manage.py is not at the top",
    "Nuages finds a project in any folder. The Niblit document asks for manage.py at the top.",
    "Ensure manage.py is at the zip root",
    strict=True,
)
NO_MANAGE = _warning(
    "W002",
    "manage.py not found",
    "Nuages runs management commands without it. The Niblit document asks for it.",
    "Ensure manage.py is at the zip root",
    strict=True,
)
NO_WSGI = _warning(
    "W003",
    "wsgi.py not found",
    "Without it Nuages serves Django's own application for the settings module.",
    "Create wsgi.py beside the settings with standard Django content",
    strict=True,
)
SETTINGS_MISSING = _warning(
    "W004",
    "A settings module that is named does not exist",
    "wsgi.py, asgi.py and manage.py may each name a settings module; the next one is taken.",
    "Correct the name, or name the module in deploy.toml: [build] settings",
)
PRODUCTION_PREFERRED = _remark(
    "W005",
    "Production settings are taken instead of development settings",
    "manage.py or wsgi.py names settings for development, and settings for production lie beside.",
    "To choose another module, name it in deploy.toml: [build] settings",
)
NOT_CALLABLE = _warning(
    "W006",
    "WSGI_APPLICATION or ASGI_APPLICATION names nothing",
    "The module that the setting names is not in the source; what was found instead is taken.",
    "Correct the setting.",
)
SETTINGS_DIFFER = _remark(
    "W007",
    "manage.py and wsgi.py name different settings",
    "The app, its workers and its commands run with the same settings. wsgi.py is believed first, "
    "because it is made for serving.",
    "To choose the other module, name it in deploy.toml: [build] settings",
)
PRODUCTION_PASSED_OVER = _warning(
    "W008",
    "Production settings are passed over, because they cannot be loaded",
    "They import a module that is not in the source. The settings that are named load without it.",
    "Add the module, or name the settings in deploy.toml: [build] settings",
)
SETTINGS_COMPUTED = _remark(
    "W009",
    "The name of the settings module is computed",
    "A part of it is only known when the app runs; the module for production is taken.",
    "To choose another module, name it in deploy.toml: [build] settings",
)
CONFIGURATION_PREFERRED = _remark(
    "W018",
    "A class of settings for production is taken",
    "The settings are classes of django-configurations, and none for production is named.",
    "To choose another class: nuages config APP set --plain DJANGO_CONFIGURATION=NAME",
)
IMPORT_ABSENT = _warning(
    "W017",
    "The settings import a module that is not in the source",
    "Unless the build makes the file, the settings cannot be loaded.",
    "Add the file, or put the import into try: … except ImportError: pass",
)

# Settings that are not fit for the public.
SECRET_KEY = _warning(
    "W010",
    "Secret key error: SECRET_KEY is written in the settings",
    "Whoever reads the code can sign sessions. The overlay uses a key of the platform's own.",
    "Read SECRET_KEY from environment variable: SECRET_KEY = os.environ['SECRET_KEY']",
    strict=True,
)
DEBUG = _warning(
    "W011",
    "DEBUG is always on",
    "With DEBUG, errors show settings and code to everybody. The overlay switches it off.",
    "Write: DEBUG = os.environ.get('DJANGO_DEBUG') == 'True'",
    strict=True,
)
ALLOWED_HOSTS = _warning(
    "W012",
    "ALLOWED_HOSTS is empty",
    "With DEBUG off Django then answers 400 to everything. The overlay fills in the domains.",
    "Write: ALLOWED_HOSTS = os.environ.get('ALLOWED_HOSTS', '').split(',')",
    strict=True,
)
STATIC_ROOT = _warning(
    "W013",
    "Static files not found: there is no STATIC_ROOT",
    "collectstatic fails without it. The overlay gives it a folder.",
    "Add whitenoise and set STATIC_ROOT = BASE_DIR / 'staticfiles'",
    strict=True,
)
SQLITE = _warning(
    "W014",
    "Database not persisting: the SQLite file lies beside the code",
    "Everything outside of /data is fresh at each restart. The overlay moves the database there.",
    "Use DATABASE_URL env var pointing to /data/db.sqlite3",
    strict=True,
)
OTHER_ENGINE = _warning(
    "W015",
    "The settings name a database that the app does not get",
    "The app gets SQLite in /data unless it asks for another engine.",
    "Ask for it in deploy.toml: [database] engine",
)
FIXED_HOSTS = _remark(
    "W016",
    "ALLOWED_HOSTS is a fixed list",
    "The overlay adds the app's domains to it.",
    "To keep the project's list alone, write in deploy.toml: [settings] keep = ['ALLOWED_HOSTS']",
)

# Packages and Python.
GUNICORN = _warning(
    "W020",
    "Missing gunicorn",
    "The app is served by gunicorn. Nuages adds it.",
    "Add `gunicorn` to requirements.txt",
    strict=True,
)
DJ_DATABASE_URL = _warning(
    "W021",
    "Missing dj-database-url",
    "Settings that read DATABASE_URL usually need it. The overlay reads the variable instead.",
    "Add `dj-database-url` to requirements.txt",
    strict=True,
)
WHITENOISE = _warning(
    "W022",
    "Static files not found: missing whitenoise",
    "The proxy serves static files, so the app works without it.",
    "Add whitenoise and set STATIC_ROOT",
    strict=True,
)
NO_DEPENDENCIES = _warning(
    "W023",
    "No dependency file",
    "Nothing says which packages the project needs. Django is installed, in a version of "
    "Nuages's choice, and nothing else.",
    "Write requirements.txt: pip freeze > requirements.txt",
    strict=True,
)
UNPINNED_DJANGO = _warning(
    "W024",
    "Django has no version",
    "The next build may bring another Django, and break the project without a change of its own.",
    "Name the version in the dependency file, for example: Django~=5.2.0",
)
OLD_DJANGO = _warning(
    "W025",
    "Django is older than 4.2",
    "That version gets no security fixes, and the Niblit document asks for 4.2 or newer.",
    "Move the project to a newer Django: django>=4.2",
    strict=True,
)
NO_DJANGO = _warning(
    "W026",
    "Django is not among the dependencies",
    "It may come with another package; if not, the project cannot start.",
    "Add `django` to the dependency file",
    strict=True,
)
SEVERAL_SYSTEMS = _remark(
    "W027",
    "Several dependency files side by side",
    "One is installed from, the others are passed over.",
    "Remove those that are not used.",
)
CONDA_PASSED_OVER = _warning(
    "W028",
    "A conda environment is not read",
    "Nothing else names the packages, so only Django is installed.",
    "Write the packages that come from PyPI to requirements.txt, one on a line.",
)
MODULE_NOT_FOUND = _warning(
    "W029",
    "Module not found",
    "A module is used that is neither in the source nor among the dependencies. Unless another "
    "package brings it along, the app cannot start.",
    "Add missing dependency to requirements.txt",
)
ODD_PYTHON = _warning(
    "W030",
    "The wanted Python version cannot be understood",
    "The next source of a version is asked, and Python 3.12 if there is none.",
    'Write a version such as 3.12, or in deploy.toml: [build] python = "3.12"',
)

# What lies in the source, and what could not be read.
SECRETS_LEFT_OUT = _warning(
    "W040",
    "A file with secrets lies in the project",
    "It was left out: secrets belong into config vars, and not into images.",
    "Set what the app needs: nuages config APP set NAME=VALUE; keep the file out of the repository",
)
LINK_LEFT_OUT = _warning(
    "W041",
    "A symbolic link leads out of the project",
    "It was left out, because what it points to is not part of the source.",
    "Replace the link by the file or folder it means, or by a relative link inside of the project.",
)
DATABASE_LEFT_OUT = _remark(
    "W042",
    "A local database lies in the project",
    "It was left out: the app begins with an empty database in /data.",
    "Load the data into the app yourself, for example by dumpdata and loaddata.",
)
STATIC_LEFT_OUT = _warning(
    "W043",
    "A folder of static files was left out",
    "STATICFILES_DIRS names a folder that ignore rules leave out, so its files are missing.",
    "Rename the folder, or take it out of the ignore file.",
)
NOT_PARSED = _warning(
    "W044",
    "A file cannot be parsed",
    "Nothing could be learnt from it. It may be written for another version of Python.",
    "Mend the line if it is wrong.",
)
ODD_ENCODING = _warning(
    "W045",
    "A file is not in UTF-8",
    "Other tools may read it differently, or not at all.",
    "Save it as UTF-8.",
)
BAD_PROCFILE = _warning(
    "W046",
    "A line of the Procfile is passed over",
    "A line is `name: command`.",
    "Mend the line.",
)
MIGRATIONS_LEFT_OUT = _warning(
    "W047",
    "Migrations are left out by an ignore file",
    "Without them the app's tables are never made.",
    "Take the line out of the ignore file.",
)
WITHOUT_EFFECT = _warning(
    "W048",
    "A key of the deploy.toml has no effect yet",
    "This version reads it and does not act on it.",
    "Take the line out, or leave it for a version that knows it.",
)
STEP_BEFORE_WEB = _remark(
    "W049",
    "What stands before the server runs once for each deployment",
    "Commands before the last `&&` of a web process prepare the site. They are run as release "
    "commands: not once more at each restart of an instance.",
    "Write it among the release commands: [startup] commands in deploy.toml, or a release line "
    "in the Procfile.",
)
STEP_NOT_RUN = _warning(
    "W050",
    "A part of a command is not run",
    "A process is one program. What stands before the last `&&` is run for the web process alone.",
    "Write it among the release commands, or put the line into a script of the project and name "
    "the script.",
)
NO_BROKER = _warning(
    "W060",
    "A worker waits for its broker",
    "The project has a task queue, and its broker is a server that nobody has named yet. The "
    "worker starts by itself once one of the variables is set; the site runs without it.",
    "Name the broker: nuages config APP set NAME=redis://HOST:6379/0",
)

RULES: dict[str, Rule] = {rule.code: rule for rule in _RULES}
