"""A container's processes find what a release of the platform would have."""

from __future__ import annotations

import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from nuages.core.image import Blueprint
from nuages_runtime.container.address import address_of
from nuages_runtime.container.environment import complete, given_variables, variables
from nuages_runtime.container.image import Image, Unreadable
from tests.unit.release.test_assemble import BLUEPRINT, release, variable

# The platform's own names, and what depends on the size and the name of the surroundings.
ITS_OWN = {"NUAGES_APP", "NUAGES_ENVIRONMENT", "NUAGES_RELEASE", "NUAGES_OVERLAY",
           "NUAGES_READINESS", "NUAGES_THREADS", "NUAGES_MOST_WORKERS", "WEB_CONCURRENCY",
           "SECRET_KEY"}  # fmt: skip
IMAGE_ENV = {"PATH": "/venv/bin:/usr/local/bin:/usr/bin:/bin", "PYTHONPATH": "/app:/nuages",
             "DJANGO_SETTINGS_MODULE": "mysite.settings", "LANG": "C.UTF-8",
             "HOSTNAME": "c0ffee", "HOME": "/home/app"}  # fmt: skip


def image(blueprint: Blueprint = BLUEPRINT, **more: object) -> Image:
    return Image({**json.loads(json.dumps(asdict(blueprint))), "project": ".", **more})


def made(environ: dict[str, str], blueprint: Blueprint = BLUEPRINT) -> dict[str, str]:
    its = image(blueprint)
    given = given_variables(its, {**IMAGE_ENV, **environ})
    return variables(its, given, address_of(given, "c0ffee"), "k" * 50)


def test_a_container_has_the_variables_of_a_release() -> None:
    blueprint = replace(
        BLUEPRINT,
        fills=(("APP_KEY", "SECRET_KEY"), ("HOSTS", "ALLOWED_HOSTS")),
        defaults=((("DJANGO_DEBUG", ""),), (("DB_HOST", "localhost"), ("DB_PORT", "5432"))),
        reads=("DB_PORT", "SITE_NAME", "UNSET"),
        feeds=(("SITE_NAME", "WAGTAIL_SITE_NAME"), ("UNSET", "DEBUG")),
        keep=("LOGGING",),
    )
    config = {"SITE_NAME": "Polls", "DB_PORT": "5433"}
    there = release(blueprint, port=80, config={k: _secret(v) for k, v in config.items()})
    here = made(
        {**config, "DOMAIN": "polls.localhost", "DOMAIN_ALIASES": "polls.example.org"}, blueprint
    )
    python = {"PATH", "PYTHONPATH", "PYTHONUNBUFFERED", "PYTHONDONTWRITEBYTECODE", "VIRTUAL_ENV",
              "HOME", "LANG", "PYTHON_VERSION"}  # fmt: skip
    expected = {n: v.reveal() for n, v in there.env.items() if n not in ITS_OWN | python}
    assert {n: v for n, v in here.items() if n in expected} == {**expected, "APP_KEY": "k" * 50}
    theirs, ours = json.loads(variable(there, "NUAGES_OVERLAY")), json.loads(here["NUAGES_OVERLAY"])
    assert ours.pop("serves_files")
    assert not theirs.pop("serves_files")
    assert ours == theirs


def _secret(text: str) -> object:
    from nuages.core.secret import Secret

    return Secret(text)


def test_what_every_image_has_is_no_word_of_the_users() -> None:
    its = image(reads=["HOME", "DJANGO_SETTINGS_MODULE"])
    assert given_variables(its, IMAGE_ENV) == {}
    other = {**IMAGE_ENV, "DJANGO_SETTINGS_MODULE": "mysite.other"}
    assert given_variables(its, other) == {"DJANGO_SETTINGS_MODULE": "mysite.other"}


def test_without_a_word_of_the_users_a_container_answers_itself_and_has_no_tls() -> None:
    found = made({})
    assert found["ALLOWED_HOSTS"] == "localhost,127.0.0.1,[::1],c0ffee"
    assert (found["PORT"], found["DJANGO_DEBUG"]) == ("8080", "False")
    assert found["SECURE_SSL_REDIRECT"] == "False"
    assert found["DATABASE_URL"] == "sqlite:////data/db.sqlite3"
    spatial = made({}, replace(BLUEPRINT, spatial=True))
    assert spatial["DATABASE_URL"] == "spatialite:////data/db.sqlite3"
    assert json.loads(found["NUAGES_READINESS"])["host"] == "localhost"


def test_a_name_with_a_scheme_switches_tls_on_and_is_a_name_to_the_app() -> None:
    found = made({"DOMAIN": "https://polls.example.org"})
    assert found["DOMAIN"] == "polls.example.org"
    assert found["NUAGES_URL"] == "https://polls.example.org"
    assert found["SECURE_SSL_REDIRECT"] == "True"
    assert json.loads(found["NUAGES_OVERLAY"])["origins"] == ["https://polls.example.org"]


def test_any_host_is_no_origin_and_no_name() -> None:
    found = made({"ALLOWED_HOSTS": "*"})
    assert found["ALLOWED_HOSTS"] == "*"
    assert found["DOMAIN"] == "localhost"
    overlay = json.loads(found["NUAGES_OVERLAY"])
    assert (overlay["hosts"], overlay["origins"]) == (["localhost", "*"], ["http://localhost"])


def test_debug_and_the_port_are_taken_from_the_user() -> None:
    found = made({"DJANGO_DEBUG": "True", "PORT": "9000"})
    assert (found["DJANGO_DEBUG"], found["PORT"]) == ("True", "9000")
    assert json.loads(found["NUAGES_OVERLAY"])["debug"]


def test_a_key_under_a_name_of_the_projects_own_is_the_key(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "image.json"
    path.write_text(json.dumps({**asdict(BLUEPRINT), "fills": [["APP_KEY", "SECRET_KEY"]]}))
    monkeypatch.setenv("NUAGES_IMAGE", str(path))
    environ = {"APP_KEY": "given"}
    complete(environ)
    assert (environ["SECRET_KEY"], environ["APP_KEY"]) == ("given", "given")


def test_on_the_platform_nothing_is_completed() -> None:
    environ = {"NUAGES_OVERLAY": "{}"}
    complete(environ)
    assert environ == {"NUAGES_OVERLAY": "{}"}


@pytest.mark.parametrize("text", ["{", "[]", '{"fills": 1}', None])
def test_a_document_that_cannot_be_read_is_one_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str | None
) -> None:
    path = tmp_path / "image.json"
    if text is not None:
        path.write_text(text)
    monkeypatch.setenv("NUAGES_IMAGE", str(path))
    with pytest.raises(Unreadable, match=r"image\.json cannot be read: "):
        complete({})
