"""WSGI or ASGI, and by which callable."""

from __future__ import annotations

import pytest

from tests.unit.inspect.projects import ASGI, REQUIREMENTS, SETTINGS, WSGI, codes, finding, plain

ASGI_FILE = {"mysite/asgi.py": ASGI.format(settings="mysite.settings")}


def test_wsgi_is_the_default_though_there_is_an_asgi_file(inspected) -> None:
    facts = inspected(plain(ASGI_FILE)).facts
    assert (facts.interface.value, facts.application.value) == ("wsgi", "mysite.wsgi:application")


def test_asgi_is_taken_when_the_setting_is_there(inspected) -> None:
    text = SETTINGS + 'ASGI_APPLICATION = "mysite.asgi.application"\n'
    facts = inspected(plain({**ASGI_FILE, "mysite/settings.py": text})).facts
    assert (facts.interface.value, facts.application.value) == ("asgi", "mysite.asgi:application")
    assert facts.interface.file == "mysite/settings.py"


def test_asgi_is_taken_when_channels_is_declared(inspected) -> None:
    files = plain({**ASGI_FILE, "requirements.txt": REQUIREMENTS + "channels\n"})
    assert inspected(files).facts.interface.value == "asgi"


def test_an_asgi_setting_of_none_is_none(inspected) -> None:
    files = plain({"mysite/settings.py": SETTINGS + "ASGI_APPLICATION = None\n"})
    assert inspected(files).facts.interface.value == "wsgi"


def test_a_wsgi_file_is_found_without_the_setting(inspected) -> None:
    text = SETTINGS.replace('WSGI_APPLICATION = "mysite.wsgi.application"', "")
    application = inspected(plain({"mysite/settings.py": text})).facts.application
    assert (application.value, application.file) == ("mysite.wsgi:application", "mysite/wsgi.py")


def test_a_callable_called_app_is_found(inspected) -> None:
    wsgi = WSGI.format(settings="mysite.settings").replace("application = ", "app = ")
    text = SETTINGS.replace("wsgi.application", "wsgi.app")
    files = plain({"mysite/wsgi.py": wsgi, "mysite/settings.py": text})
    assert inspected(files).facts.application.value == "mysite.wsgi:app"


def test_a_setting_that_names_nothing_is_said_and_the_file_is_taken(inspected) -> None:
    text = SETTINGS.replace("mysite.wsgi.application", "gone.wsgi.application")
    inspection = inspected(plain({"mysite/settings.py": text}))
    assert inspection.facts.application.value == "mysite.wsgi:application"
    assert finding(inspection, "W006").file == "mysite/settings.py"


def test_without_a_wsgi_file_the_application_is_djangos_own(inspected) -> None:
    text = SETTINGS.replace('WSGI_APPLICATION = "mysite.wsgi.application"', "")
    inspection = inspected(plain({"mysite/wsgi.py": None, "mysite/settings.py": text}))
    assert inspection.facts.application.value == ""
    assert finding(inspection, "W003").message.startswith("wsgi.py not found")


def test_deploy_toml_names_the_application(inspected) -> None:
    files = plain({"deploy.toml": '[build]\nasgi = "mysite.routing:app"\n'})
    inspection = inspected(files)
    facts = inspection.facts
    assert (facts.interface.value, facts.application.value) == ("asgi", "mysite.routing:app")
    assert "W003" not in codes(inspection)


@pytest.mark.parametrize("beside", ["demo", "api", "aaa"])
def test_another_site_beside_the_real_one_is_not_taken(inspected, beside: str) -> None:
    files = plain({
        f"{beside}/__init__.py": "",
        f"{beside}/settings.py": SETTINGS,
        f"{beside}/wsgi.py": WSGI.format(settings=f"{beside}.settings"),
        "mysite/settings.py": SETTINGS.replace('WSGI_APPLICATION = "mysite.wsgi.application"', ""),
    })  # fmt: skip
    facts = inspected(files).facts
    assert facts.settings.value == "mysite.settings"
    assert facts.application.value == "mysite.wsgi:application"


def test_without_a_manage_py_a_folder_of_examples_comes_last(inspected) -> None:
    files = plain({
        "manage.py": None,
        "demo/__init__.py": "",
        "demo/settings.py": SETTINGS,
        "demo/wsgi.py": WSGI.format(settings="demo.settings"),
    })  # fmt: skip
    assert inspected(files).facts.settings.value == "mysite.settings"
