"""Settings that are classes of django-configurations."""

from __future__ import annotations

import pytest

from tests.unit.inspect.projects import MANAGE, REQUIREMENTS, WSGI, codes, finding, plain

NAME = 'import os\nos.environ.setdefault("DJANGO_CONFIGURATION", "{}")\n'
CLASSES = """
from configurations import Configuration, values
class Common(Configuration):
    ROOT_URLCONF = "mysite.urls"
    DEBUG = True
    STATIC_ROOT = "/data/static"
    ALLOWED_HOSTS = values.ListValue([])
class Dev(Common):
    EMAIL_BACKEND = "x"
class Production(Common):
    DEBUG = False
"""


def classes(text: str = CLASSES, wsgi: str = "Dev", manage: str = "Dev") -> dict[str, str | bytes]:
    module = "mysite.settings"
    return plain({
        "mysite/settings.py": text,
        "mysite/wsgi.py": NAME.format(wsgi) + WSGI.format(settings=module),
        "manage.py": NAME.format(manage) + MANAGE.format(settings=module),
        "requirements.txt": REQUIREMENTS + "django-configurations\n",
    })  # fmt: skip


def test_a_class_for_production_is_preferred_and_said(inspected) -> None:
    inspection = inspected(classes())
    assert inspection.facts.configuration.value == "Production"
    said = finding(inspection, "W018")
    assert (said.severity, said.file) == ("info", "mysite/settings.py")
    assert "mysite/wsgi.py names Dev" in said.message


def test_the_class_that_wsgi_names_is_believed_before_that_of_manage(inspected) -> None:
    text = CLASSES + "class Staging(Common):\n    pass\n"
    inspection = inspected(classes(text, wsgi="Staging"))
    configuration = inspection.facts.configuration
    assert (configuration.value, configuration.file) == ("Staging", "mysite/wsgi.py")
    assert "W018" not in codes(inspection)


def test_a_class_for_development_is_taken_where_there_is_no_other(inspected) -> None:
    text = CLASSES.replace("Production", "Testing")
    assert inspected(classes(text)).facts.configuration.value == "Dev"


def test_a_config_var_names_the_class(inspected) -> None:
    configuration = inspected(
        classes(), variables={"DJANGO_CONFIGURATION": "Dev"}
    ).facts.configuration
    assert (configuration.value, configuration.origin) == ("Dev", "environment")


@pytest.mark.parametrize(
    ("text", "name"),
    [
        (CLASSES, "Production"),
        (CLASSES.replace("Production", "Site"), "Site"),
        (CLASSES.replace("Production", "ProdConfig"), "ProdConfig"),
    ],
)
def test_a_class_that_nobody_names_is_found(inspected, text, name) -> None:
    files = classes(text)
    files["mysite/wsgi.py"] = WSGI.format(settings="mysite.settings")
    files["manage.py"] = MANAGE.format(settings="mysite.settings")
    assert inspected(files).facts.configuration.value == name


def test_classes_that_are_imported_count(inspected) -> None:
    files = classes("from .parts import Dev, Production\n")
    files["mysite/parts.py"] = CLASSES
    assert inspected(files).facts.configuration.value == "Production"


def test_plain_settings_have_no_class(inspected) -> None:
    text = "from pathlib import Path\nfrom enum import Enum\nclass Production(Enum):\n    A = 1\n"
    assert inspected(plain({"mysite/settings.py": text})).facts.configuration.value == ""


def test_what_the_class_and_its_bases_assign_are_the_settings(inspected) -> None:
    inspection = inspected(classes())
    literals = {literal.name: literal.value for literal in inspection.facts.literals}
    assert literals == {
        "DEBUG": "False", "ROOT_URLCONF": "'mysite.urls'", "STATIC_ROOT": "'/data/static'",
    }  # fmt: skip
    assert not {"W011", "W012", "W013"} & set(codes(inspection))
