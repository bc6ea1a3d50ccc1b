"""What a build is decided to be: its Python, its packages, and what its packages depend on."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from nuages.build.plan import plan_build
from nuages.build.versions.extra import extra_packages
from nuages.core.config import DeployConfig
from nuages.core.facts import Dependencies, Fact, Facts, ProcessFound, SystemPackage, VariableRead
from nuages.core.source import Source, SourceFile

NOTHING = Dependencies("requirements", ".", ("requirements.txt",))


def facts(python: str = "3.12", origin: str = "default", **said: object) -> Facts:
    """Facts of a project with that word on Python and these dependencies."""
    plain = Fact("", "")
    return Facts(
        root=Fact("backend", ""),
        manage=plain,
        settings=Fact("mysite.settings", ""),
        application=plain,
        interface=Fact("wsgi", ""),
        python=Fact(python, "", origin),
        dependencies=Fact(replace(NOTHING, **said), ""),  # type: ignore[arg-type]
        processes=(Fact(ProcessFound("web", "gunicorn x"), ""),),
        release_commands=(Fact("./go", ""),),
        database=plain,
        health_path=Fact("/", ""),
    )


def pinned(version: str) -> dict[str, object]:
    return {"pins": (("django", version),)}


def test_what_the_server_needs_is_added_where_the_project_has_it_not() -> None:
    assert extra_packages(NOTHING, "wsgi", "3.12") == ("gunicorn", "whitenoise")
    brings = replace(NOTHING, names=frozenset({"gunicorn", "uvicorn", "whitenoise"}))
    assert extra_packages(brings, "asgi", "3.12") == ("websockets",)
    nothing = Dependencies("none", ".", ())
    assert extra_packages(nothing, "wsgi", "3.12") == ("gunicorn", "whitenoise", "Django")


def test_an_older_python_has_the_setuptools_that_old_packages_import() -> None:
    assert extra_packages(NOTHING, "wsgi", "3.10") == ("gunicorn", "whitenoise", "setuptools<81")
    brings = replace(NOTHING, names=frozenset({"gunicorn", "setuptools", "whitenoise"}))
    assert extra_packages(brings, "wsgi", "3.10") == ()


def test_an_old_gunicorn_has_it_with_every_python() -> None:
    brings = replace(
        NOTHING, names=frozenset({"gunicorn", "whitenoise"}), pins=(("gunicorn", "20.0.4"),)
    )
    assert extra_packages(brings, "wsgi", "3.12") == ("setuptools<81",)
    brings = replace(brings, pins=(("gunicorn", "20.1.0"),))
    assert extra_packages(brings, "wsgi", "3.12") == ()


def test_geodjango_on_sqlite_gets_a_module_that_loads_extensions() -> None:
    package = Fact(SystemPackage("libsqlite3-mod-spatialite", "run"), "GeoDjango needs it")
    sqlite = Fact("sqlite", "the default")
    spatial = replace(facts(), database=sqlite, system_packages=(package,))
    plan = plan_build(source(), spatial, DeployConfig(), {}, overlay=True)
    assert plan.blueprint.spatial
    assert any(line.startswith("pysqlite3-binary;") for line in plan.extra)
    elsewhere = replace(spatial, database=Fact("postgres", "[database] engine", "deploy.toml"))
    plan = plan_build(source(), elsewhere, DeployConfig(), {}, overlay=True)
    assert not plan.blueprint.spatial


def source(**files: str) -> Source:
    listed = tuple(SourceFile(path, digest, 1) for path, digest in sorted(files.items()))
    digest = json.dumps(files, sort_keys=True)
    return Source(Path("/source"), digest, "folder:/source", "source", listed)


def test_the_input_changes_with_what_the_packages_depend_on_alone() -> None:
    def of(files: dict[str, str], **said: object) -> str:
        plan = plan_build(source(**files), facts(**said), DeployConfig(), {}, overlay=True)
        return plan.input

    before = {"requirements.txt": "1", "views.py": "1"}
    assert of(before) == of({**before, "views.py": "2"})
    assert of(before) != of({**before, "requirements.txt": "2"})
    assert of(before, local=True) != of({**before, "views.py": "2"}, local=True)


def test_how_the_image_is_run_is_kept_with_it() -> None:
    config = DeployConfig(scale={"web": 2}, health_timeout=5)
    plan = plan_build(source(), facts(), config, {"A": "1"}, overlay=False)
    blueprint = plan.blueprint
    assert blueprint.processes == (("web", "gunicorn x"),)
    assert (blueprint.release_commands, blueprint.scale) == (("./go",), (("web", 2),))
    assert (blueprint.health_timeout, blueprint.overlay) == (5.0, False)
    assert (plan.project, plan.variables) == ("backend", (("A", "1"),))


@pytest.mark.parametrize(
    ("setting", "cast", "required", "filled"),
    [
        ("SECRET_KEY", "str", True, (("X", "SECRET_KEY"),)),
        ("SECRET_KEY", "str", False, (("X", "SECRET_KEY"),)),
        ("DATABASES", "url", False, (("X", "DATABASE_URL"),)),
        ("DATABASES", "str", True, ()),
        ("ALLOWED_HOSTS", "list", True, (("X", "ALLOWED_HOSTS"),)),
        ("DEBUG", "bool", True, (("X", "DJANGO_DEBUG"),)),
        ("DEBUG", "bool", False, ()),
        ("EMAIL_HOST", "str", True, ()),
        ("", "str", True, ()),
    ],
)
def test_variables_that_say_what_the_platform_says_are_filled(setting, cast, required, filled):
    read = VariableRead("X", "settings.py", 3, cast=cast, setting=setting, required=required)
    known = replace(facts(), variables=(read,))
    made = plan_build(source(), known, DeployConfig(), {}, overlay=True).blueprint
    assert made.fills == filled
    assert plan_build(source(), known, DeployConfig(), {}, overlay=False).blueprint.fills == ()


def test_a_setting_that_is_to_be_kept_is_not_filled() -> None:
    read = VariableRead("X", "settings.py", 3, setting="SECRET_KEY")
    known, config = replace(facts(), variables=(read,)), DeployConfig(keep=("SECRET_KEY",))
    assert plan_build(source(), known, config, {}, overlay=True).blueprint.fills == ()
