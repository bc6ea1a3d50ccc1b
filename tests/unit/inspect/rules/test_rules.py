"""What is said of a project, with its place and its fix."""

from __future__ import annotations

import pytest

from nuages.core.finding import Severity
from nuages.inspect.declared.catalogue import RULES
from tests.unit.inspect.projects import REQUIREMENTS, SETTINGS, codes, finding, plain


def with_settings(text: str) -> dict[str, str | bytes]:
    return plain({"mysite/settings.py": text})


def with_requirements(text: str) -> dict[str, str | bytes]:
    return plain({"requirements.txt": text})


def test_a_project_that_is_ready_has_no_findings(inspected) -> None:
    assert inspected(plain(), strict=True).findings == ()


@pytest.mark.parametrize(
    ("code", "text", "line"),
    [
        ("W010", "SECRET_KEY = 'abc'\nALLOWED_HOSTS = ['*']\nSTATIC_ROOT = 'x'\n", 1),
        ("W011", "ALLOWED_HOSTS = ['*']\nDEBUG = True\nSTATIC_ROOT = 'x'\n", 2),
        ("W012", "STATIC_ROOT = 'x'\n\nALLOWED_HOSTS = []\n", 3),
        ("W012", "STATIC_ROOT = 'x'\n", 1),
        ("W013", "ALLOWED_HOSTS = ['*']\n", 1),
        ("W013", "ALLOWED_HOSTS = ['*']\nSTATIC_ROOT = ''\n", 2),
        ("W013", "ALLOWED_HOSTS = ['*']\nSTATIC_ROOT = None\n", 2),
        ("W016", "ALLOWED_HOSTS = ['a.example', 'b.example']\nSTATIC_ROOT = 'x'\n", 1),
    ],
)
def test_unfit_settings_are_said_with_their_line(inspected, code, text, line) -> None:
    said = finding(inspected(with_settings(text)), code)
    assert (said.file, said.line) == ("mysite/settings.py", line)


@pytest.mark.parametrize(
    "text",
    [
        "import os\nSECRET_KEY = os.environ['S']\n",
        "from x import SECRET_KEY\n",
        "import os\nSECRET_KEY = 'dev'\nif 'S' in os.environ:\n    SECRET_KEY = os.environ['S']\n",
        "import environ\nenv = environ.Env()\nSECRET_KEY = env.str('SECRET_KEY')\n",
        "SECRET_KEY = ''\n",
    ],
)
def test_a_key_that_is_read_from_elsewhere_is_not_said(inspected, text) -> None:
    assert "W010" not in codes(inspected(with_settings(text)))


@pytest.mark.parametrize(
    "text",
    [
        "import os\nDEBUG = os.environ.get('DEBUG') == 'True'\n",
        "DEBUG = False\n",
        "import sys\nDEBUG = True\nif len(sys.argv) > 3:\n    DEBUG = False\n",
        "",
    ],
)
def test_a_debug_that_can_be_off_is_not_said(inspected, text) -> None:
    assert "W011" not in codes(inspected(with_settings(text)))


BASE = "from pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent.parent\n"
OLD_BASE = "import os\nBASE_DIR = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))\n"


@pytest.mark.parametrize(
    ("base", "name"),
    [
        (BASE, "BASE_DIR / 'db.sqlite3'"),
        (BASE, "str(BASE_DIR / 'data' / '..' / 'db.sqlite3')"),
        (OLD_BASE, "os.path.join(BASE_DIR, 'db.sqlite3')"),
        ("", "'db.sqlite3'"),
        (BASE, "f'{BASE_DIR}/db.sqlite3'"),
    ],
)
def test_sqlite_beside_the_code_is_said_with_its_path(inspected, base, name) -> None:
    engine = "django.db.backends.sqlite3"
    text = f"{base}DATABASES = {{'default': {{'ENGINE': '{engine}', 'NAME': {name}}}}}"
    assert " db.sqlite3," in finding(inspected(with_settings(text)), "W014").message


@pytest.mark.parametrize("name", ["'/data/db.sqlite3'", "':memory:'", "os.environ['DB']"])
def test_sqlite_elsewhere_is_not_said(inspected, name) -> None:
    text = f"import os\nDATABASES = {{'default': {{'ENGINE': 'x.sqlite3', 'NAME': {name}}}}}\n"
    assert "W014" not in codes(inspected(with_settings(text)))


def test_another_engine_is_said_unless_it_is_asked_for(inspected) -> None:
    text = "DATABASES = {'default': {'ENGINE': 'django.db.backends.postgresql', 'NAME': 'x'}}\n"
    files = with_settings(text)
    assert 'engine = "postgres"' in finding(inspected(files), "W015").fix
    asked = {**files, "deploy.toml": '[database]\nengine = "postgres"\n'}
    assert "W015" not in codes(inspected(asked))


@pytest.mark.parametrize(
    ("code", "missing", "words"),
    [
        ("W020", "gunicorn", "Missing gunicorn"),
        ("W021", "dj-database-url", "Missing dj-database-url"),
        ("W022", "whitenoise", "missing whitenoise"),
    ],
)
def test_a_missing_package_is_repaired_and_an_error_when_strict(
    inspected, code, missing, words
) -> None:
    files = with_requirements(REQUIREMENTS.replace(f"{missing}\n", ""))
    assert finding(inspected(files), code).severity == Severity.WARNING
    strict = finding(inspected(files, strict=True), code)
    assert strict.severity == Severity.ERROR
    assert words in strict.message
    assert "requirements.txt" in strict.fix or "whitenoise" in strict.fix


def test_dj_database_url_is_not_missed_where_the_url_is_read(inspected) -> None:
    files = plain(
        {
            "requirements.txt": "Django==5.2\ngunicorn\nwhitenoise\n",
            "mysite/settings.py": SETTINGS + "import environ\nenv = environ.Env()\n"
            "DATABASES = {'default': env.db()}\n",
        }
    )
    assert "W021" not in codes(inspected(files))
    assert "W021" in codes(inspected(files, strict=True))


@pytest.mark.parametrize(
    ("line", "open_ended"),
    [
        ("django", True), ("django>=4.2", True), ("django>=4.2,<6", False), ("django~=5.2", False),
        ("django==5.2.*", False), ("django @ https://x.example/d.zip", False),
    ],
)  # fmt: skip
def test_an_open_version_of_django_is_said(inspected, line, open_ended) -> None:
    said = codes(inspected(with_requirements(f"gunicorn\n{line}\n")))
    assert ("W024" in said) == open_ended


@pytest.mark.parametrize(
    ("line", "old"),
    [
        ("Django==4.1.9", True), ("Django==2.2", True), ("django<4.2", True), ("django<4", True),
        ("django~=3.2.1", True), ("Django==4.2", False), ("Django==5.2", False),
        ("django>=3.2", False),
        ("django<5", False), ("django~=4.0", False), ("django==4.*", False),
    ],
)  # fmt: skip
def test_a_django_older_than_4_2_is_said(inspected, line, old) -> None:
    assert ("W025" in codes(inspected(with_requirements(f"{line}\n")))) == old


def test_dependencies_without_django_are_said(inspected) -> None:
    assert "W026" in codes(inspected(with_requirements("requests\n")))


def test_no_dependency_file_is_said_loudly(inspected) -> None:
    said = finding(inspected(plain({"requirements.txt": None})), "W023")
    assert (said.severity, "pip freeze" in said.fix) == (Severity.WARNING, True)


def test_a_file_of_secrets_is_said_to_be_left_out(inspected) -> None:
    said = finding(inspected(plain({".env": "SECRET=canary\n"})), "W040")
    assert said.file == ".env"
    assert "canary" not in said.message


def test_a_local_database_is_said_to_be_left_out(inspected) -> None:
    assert finding(inspected(plain({"db.sqlite3": "x"})), "W042").severity == Severity.INFO


def test_static_folders_that_were_left_out_are_said(inspected) -> None:
    text = BASE + "STATICFILES_DIRS = [BASE_DIR / 'staticfiles', ('p', BASE_DIR / 'kept')]\n"
    files = plain({"mysite/settings.py": text, "staticfiles/admin/a": "", "kept/b.css": ""})
    said = finding(inspected(files), "W043")
    assert (said.line, "staticfiles" in said.message) == (3, True)


@pytest.mark.parametrize(
    ("ignored", "said"),
    [("frontend/", True), ("frontend/dist/", True), ("frontend/dist/app", True),
     ("*.map", False), ("frontend/dist2", False), ("MIT-LICENSE", False)],
)  # fmt: skip
def test_a_static_folder_that_is_left_out_in_part_is_said(
    inspected, ignored: str, *, said: bool
) -> None:
    text = BASE + "STATICFILES_DIRS = [BASE_DIR / 'frontend/dist']\n"
    files = plain({"mysite/settings.py": text, ".gitignore": f"{ignored}\n", ".git/HEAD": "",
                   "frontend/dist/a.css": "", "frontend/dist/app/b.css": "",
                   "frontend/dist/a.map": "", "frontend/dist2/a": "",
                   "frontend/dist/MIT-LICENSE": ""})  # fmt: skip
    assert ("W043" in codes(inspected(files))) is said


def test_migrations_that_are_ignored_are_said(inspected) -> None:
    files = {".gitignore": "migrations/\n", "polls/models.py": "", "polls/migrations/0001_a.py": "",
             ".git/HEAD": ""}  # fmt: skip
    assert ".gitignore:1" in finding(inspected(plain(files)), "W047").message


def test_every_rule_is_declared_with_why_and_fix_and_a_fitting_code() -> None:
    assert len(RULES) > 30
    for code, rule in RULES.items():
        letter = "E" if rule.severity == Severity.ERROR else "W"
        assert code.startswith(f"inspect.{letter}")
        assert rule.why.endswith(".")
        assert rule.fix


@pytest.mark.parametrize("text", ["from other_package.settings import *\n", "print 'x'\n"])
def test_what_cannot_be_followed_is_not_said_to_be_missing(inspected, text) -> None:
    assert not {"W012", "W013"} & set(codes(inspected(with_settings(text))))


def test_a_local_settings_file_that_is_not_there_changes_nothing(inspected) -> None:
    text = "try:\n    from .local_settings import *\nexcept ImportError:\n    pass\n"
    assert "W013" in codes(inspected(with_settings(text)))


@pytest.mark.parametrize(
    ("path", "text", "line"),
    [
        ("polls/views.py", "import os\nfrom rest_framework import views\n", 2),
        ("mysite/settings.py", "INSTALLED_APPS = [\n    'polls',\n    'rest_framework',\n]\n", 3),
    ],
)
def test_a_module_that_no_dependency_brings_is_said(inspected, path, text, line) -> None:
    said = finding(inspected(plain({path: text})), "W029")
    assert (said.file, said.line) == (path, line)
    assert said.message.startswith("Module not found: 'rest_framework'")
    assert said.fix == "Add missing dependency to requirements.txt: djangorestframework"


@pytest.mark.parametrize(
    "files",
    [
        {"requirements.txt": REQUIREMENTS + "djangorestframework\n"},
        {"requirements.txt": REQUIREMENTS + "drf-spectacular\n"},
        {"requirements.txt": REQUIREMENTS + "-e .\n"},
        {"requirements.txt": None},
        {"libs/rest_framework/__init__.py": ""},
        {"polls/views.py": "try:\n    import rest_framework\nexcept ImportError:\n    pass\n"},
        {"polls/views.py": "", "polls/tests/test_a.py": "import rest_framework\n"},
    ],
)
def test_a_module_that_may_be_there_is_not_said(inspected, files) -> None:
    base = {"polls/views.py": "import rest_framework\n"}
    assert "W029" not in codes(inspected(plain({**base, **files})))


@pytest.mark.parametrize(
    ("text", "line", "word"),
    [
        ('[limits]\nstorage = "1G"\n', 2, "storage"),
        ('[jobs.x]\nschedule = "0 3 * * *"\ncommand = "python manage.py check"\n', 1, "jobs"),
        ('[database]\nengine = "postgres"\n', 2, "postgres"),
    ],
)
def test_a_key_that_has_no_effect_yet_is_said(inspected, text: str, line: int, word: str) -> None:
    said = finding(inspected(plain({"deploy.toml": text})), "inspect.W048")
    assert word in said.message
    assert (said.file, said.line) == ("deploy.toml", line)


def test_mail_that_goes_nowhere_is_said(inspected) -> None:
    text = SETTINGS + "EMAIL_HOST = os.environ['SMTP']\nEMAIL_PORT = os.environ.get('P', 25)\n"
    said = finding(inspected(plain({"mysite/settings.py": text})), "W052")
    assert (said.severity, said.line) == ("info", SETTINGS.count("\n") + 1)
    assert said.fix.endswith("nuages config APP set SMTP=VALUE")
    given = inspected(plain({"mysite/settings.py": text}), variables={"SMTP": "mail"})
    assert "W052" not in codes(given)
