"""What a project takes of the operating system is found, with the reason and the place."""

from __future__ import annotations

import pytest

from tests.unit.inspect.projects import REQUIREMENTS, SETTINGS, codes, finding, plain


def packages(inspection) -> dict[str, str]:
    """Name -> use."""
    found = [fact.value for fact in inspection.facts.system_packages]
    return {each.name: each.use for each in found}


def wanting(line: str) -> dict[str, str | bytes]:
    return plain({"requirements.txt": REQUIREMENTS + line + "\n"})


def test_a_plain_project_takes_nothing(inspected) -> None:
    assert packages(inspected(plain())) == {}


def test_what_has_no_wheel_is_compiled_and_that_is_said(inspected) -> None:
    inspection = inspected(wanting("mysqlclient==2.2.4"))
    assert packages(inspection) == {
        "build-essential": "build", "pkg-config": "build",
        "default-libmysqlclient-dev": "build",
    }  # fmt: skip
    said = finding(inspection, "W090")
    assert said.message.startswith("mysqlclient 2.2.4 has no wheel for Linux")
    assert (said.file, said.line) == ("requirements.txt", 5)
    assert "apt-get install --no-install-recommends build-essential pkg-config" in said.fix
    assert inspection.facts.system_packages[0].reason == "mysqlclient is compiled with it"


@pytest.mark.parametrize("line", ["Pillow==11.0", "lxml", "psycopg2-binary", "psycopg[binary]"])
def test_nothing_is_said_of_what_has_wheels(inspected, line: str) -> None:
    inspection = inspected(wanting(line))
    assert packages(inspection) == {}
    assert "W090" not in codes(inspection)


def test_psycopg_without_a_wheel_of_its_own_loads_libpq(inspected) -> None:
    assert packages(inspected(wanting("psycopg>=3.2"))) == {"libpq5": "run"}
    assert "libpq-dev" in packages(inspected(wanting("psycopg[c,pool]>=3.2")))


@pytest.mark.parametrize(("version", "compiled"), [("1.3.12", True), ("1.3.14", False)])
def test_a_version_before_the_first_wheel_is_compiled(inspected, version, compiled) -> None:
    found = packages(inspected(wanting(f"xmlsec=={version}")))
    assert ("libxmlsec1-dev" in found) is compiled


def test_what_another_distribution_brings_counts(inspected) -> None:
    assert "libldap2-dev" in packages(inspected(wanting("django-auth-ldap")))


def test_a_library_that_is_loaded_by_name_is_said(inspected) -> None:
    inspection = inspected(wanting("python-magic"))
    assert packages(inspection) == {"libmagic1": "run"}
    assert finding(inspection, "W091").message == "python-magic needs libmagic1 of the system"


@pytest.mark.parametrize(
    "text",
    [
        'INSTALLED_APPS = [\n    "django.contrib.gis",\n]\n',
        'DATABASES = {"default": {"ENGINE": "django.contrib.gis.db.backends.postgis"}}\n',
    ],
)
def test_geodjango_takes_gdal_and_with_sqlite_spatialite(inspected, text: str) -> None:
    files = {"mysite/settings.py": SETTINGS + text}
    assert packages(inspected(plain(files))) == {
        "gdal-bin": "run", "libsqlite3-mod-spatialite": "run",
    }  # fmt: skip
    with_server = {**files, "deploy.toml": '[database]\nengine = "postgres"\n'}
    assert packages(inspected(plain(with_server))) == {"gdal-bin": "run"}


def test_geodjango_beside_a_plain_sqlite_database_takes_no_spatialite(inspected) -> None:
    text = (
        'INSTALLED_APPS = ["django.contrib.gis"]\n'
        'DATABASES = {"default": {"ENGINE": "django.db.backends.sqlite3", "NAME": "x"}}\n'
    )
    assert packages(inspected(plain({"mysite/settings.py": SETTINGS + text}))) == {
        "gdal-bin": "run"
    }


def test_geodjango_in_a_comment_is_nothing(inspected) -> None:
    text = SETTINGS + 'INSTALLED_APPS = [\n    # "django.contrib.gis",\n]\n'
    assert packages(inspected(plain({"mysite/settings.py": text}))) == {}


@pytest.mark.parametrize(
    ("code", "package"),
    [
        ('subprocess.run(["ffmpeg", "-i", path])', "ffmpeg"),
        ('subprocess.check_output("wkhtmltopdf - -", shell=True)', "wkhtmltopdf"),
        ('os.system("pg_dump mydb")', "postgresql-client"),
        ('call_command("compilemessages")', "gettext"),
    ],
)
def test_a_program_that_the_code_starts_is_found(inspected, code: str, package: str) -> None:
    inspection = inspected(plain({"shop/convert.py": f"import subprocess\n\n{code}\n"}))
    assert packages(inspection) == {package: "run"}
    fact = inspection.facts.system_packages[0]
    assert (fact.file, fact.line) == ("shop/convert.py", 3)


def test_a_program_in_a_test_or_a_text_is_none(inspected) -> None:
    files = {
        "shop/tests/test_a.py": 'subprocess.run(["ffmpeg"])\n',
        "shop/about.py": 'TEXT = "ffmpeg is a program"\n',
    }
    assert packages(inspected(plain(files))) == {}


def test_a_release_command_that_compiles_messages_takes_gettext(inspected) -> None:
    files = {"Procfile": "release: python manage.py compilemessages\n"}
    assert packages(inspected(plain(files))) == {"gettext": "run"}


def test_a_git_address_takes_git(inspected) -> None:
    line = "git+https://git.example.org/a/b.git#egg=b"
    assert packages(inspected(wanting(line))) == {"git": "build"}


def test_deploy_toml_names_packages(inspected) -> None:
    inspection = inspected(plain({"deploy.toml": '[build]\npackages = ["libpq-dev", "cowsay"]\n'}))
    assert packages(inspection) == {"libpq-dev": "asked", "cowsay": "asked"}
    assert {fact.origin for fact in inspection.facts.system_packages} == {"deploy.toml"}


@pytest.mark.parametrize("name", ["-o=x", "libpq-", "a b", "Libpq", "a*", "../x.deb"])
def test_what_is_no_name_of_a_package_is_refused(inspected, name: str) -> None:
    inspection = inspected(plain({"deploy.toml": f'[build]\npackages = ["{name}"]\n'}))
    assert codes(inspection)[0] == "E025"
    assert packages(inspection) == {}


def test_an_aptfile_a_rockcraft_yaml_and_a_dockerfile_are_hints(inspected) -> None:
    inspection = inspected(
        plain(
            {
                "Aptfile": "# fonts\nfonts-noto\nlibmagic1\n:repo:deb x y\n",
                "rockcraft.yaml": "parts:\n  x:\n    stage-packages:\n      - libcairo2\n"
                "      - sl\n    plugin: nil\n",
                "Dockerfile": "FROM x\nRUN apt-get update && apt-get install -y \\\n"
                "    # pictures\n    ffmpeg=7:5.1 curl libpq-dev $MORE \\\n    lolcat && rm -r y\n",
            }
        )
    )
    assert packages(inspection) == {"libmagic1": "run", "libcairo2": "run", "ffmpeg": "run"}
    said = [each for each in inspection.findings if each.code.endswith("W092")]
    assert [(each.message, each.line) for each in said] == [
        ("Aptfile also installs fonts-noto", 2),
        ("Dockerfile also installs lolcat", 2),
        ("rockcraft.yaml also installs sl", 5),
    ]
    assert said[1].fix.endswith('[build] packages = ["lolcat"]')
