"""A release is put together from an image and its surroundings."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from nuages.core.app import EnvironmentName
from nuages.core.errors import NuagesError
from nuages.core.image import Blueprint, Image, ProbeReport
from nuages.core.process import Kind, Limits
from nuages.core.release import Release
from nuages.core.secret import Secret
from nuages.core.state import AppState
from nuages.release.assemble import assemble, probe_variables

BLUEPRINT = Blueprint("mysite.settings", "wsgi", "mysite.wsgi:application", processes=())
IMAGE = Image(
    digest="sha256:1",
    app=Path("/images/1/app"),
    venv=Path("/environments/1/venv"),
    runtime=Path("/runtimes/1"),
    static=None,
    static_digest="",
    python=None,
    python_version="3.12.1",
    project=".",
    report=ProbeReport("5.2", "3.12.1", "mysite.settings"),
    blueprint=BLUEPRINT,
)
STATE = AppState(
    environment=EnvironmentName("polls"),
    secret_key=Secret("k" * 50),
    config={},
    build_config={},
    hosts=("polls.localhost", "polls.example.org"),
    port=8000,
    next_version=3,
)


def release(blueprint: Blueprint = BLUEPRINT, project: str = ".", **state: object) -> Release:
    image = replace(IMAGE, blueprint=blueprint, project=project)
    return assemble(replace(STATE, **state), image, 3, (2, 4), migrate=True)  # type: ignore[arg-type]


def variable(made: Release, name: str) -> str:
    return made.env[name].reveal()


def test_a_class_of_settings_is_named_where_there_is_one() -> None:
    blueprint = replace(BLUEPRINT, configuration="Production")
    assert variable(release(blueprint), "DJANGO_CONFIGURATION") == "Production"
    assert probe_variables(".", blueprint, {})["DJANGO_CONFIGURATION"] == "Production"
    assert "DJANGO_CONFIGURATION" not in release().env
    assert "DJANGO_CONFIGURATION" not in probe_variables(".", BLUEPRINT, {})


def test_one_file_that_configures_django_is_named_instead_of_settings() -> None:
    blueprint = replace(BLUEPRINT, settings="", application="app:application")
    for names in (release(blueprint).env, probe_variables(".", blueprint, {})):
        assert "DJANGO_SETTINGS_MODULE" not in names
    assert variable(release(blueprint), "NUAGES_CONFIGURED_BY") == "app"
    assert probe_variables(".", blueprint, {})["NUAGES_CONFIGURED_BY"] == "app"
    assert "NUAGES_CONFIGURED_BY" not in release().env


def test_the_variables_of_the_contract_are_there() -> None:
    made = release()
    assert variable(made, "PORT") == "8080"
    assert variable(made, "DJANGO_SETTINGS_MODULE") == "mysite.settings"
    assert variable(made, "DATABASE_URL") == "sqlite:////data/db.sqlite3"
    assert variable(made, "ALLOWED_HOSTS") == "polls.localhost,polls.example.org"
    assert variable(made, "DOMAIN_ALIASES") == "polls.example.org"
    assert variable(made, "SECURE_SSL_REDIRECT") == "False"
    assert variable(made, "NUAGES_RELEASE") == "v3"
    assert len(variable(made, "SECRET_KEY")) == 50


def test_geodjango_opens_the_platforms_own_database_as_a_spatial_one() -> None:
    blueprint = replace(BLUEPRINT, spatial=True)
    assert variable(release(blueprint), "DATABASE_URL") == "spatialite:////data/db.sqlite3"
    assert probe_variables(".", blueprint, {})["DATABASE_URL"].startswith("spatialite://")


def test_a_config_var_wins_over_the_platform() -> None:
    made = release(config={"DATABASE_URL": Secret("postgres://db/x")})
    assert variable(made, "DATABASE_URL") == "postgres://db/x"


@pytest.mark.parametrize("name", ["PORT", "NUAGES_APP", "LISTEN_FDS"])
def test_a_reserved_name_stays_the_platforms(name: str) -> None:
    made = release(config={name: Secret("evil")})
    assert name not in made.env or variable(made, name) != "evil"


def test_a_web_process_is_there_without_being_asked_for() -> None:
    (web,) = release().processes
    assert web.kind is Kind.WEB
    assert web.argv[-2:] == ("wsgi", "mysite.wsgi:application")


def test_a_missing_application_is_left_to_the_runtime() -> None:
    (web,) = release(replace(BLUEPRINT, application="")).processes
    assert web.argv[-1] == "wsgi"


def test_a_web_command_is_run_by_the_runtime_with_its_variables_put_in() -> None:
    blueprint = replace(BLUEPRINT, processes=(("web", "gunicorn a.wsgi --bind 0.0.0.0:$PORT"),))
    (web,) = release(blueprint).processes
    assert web.argv[-4:] == ("gunicorn", "a.wsgi", "--bind", "0.0.0.0:8080")
    assert web.argv[3:5] == ("command", "--")


def test_web_comes_first_and_beat_is_a_scheduler() -> None:
    blueprint = replace(BLUEPRINT, processes=(("beat", "celery beat"), ("worker", "celery worker")))
    made = release(blueprint, scale={"worker": 3})
    assert [p.name for p in made.processes] == ["web", "beat", "worker"]
    assert [p.kind for p in made.processes] == [Kind.WEB, Kind.SCHEDULER, Kind.WORKER]
    assert [p.count for p in made.processes] == [1, 1, 3]


def test_a_count_set_by_hand_wins_over_the_projects() -> None:
    blueprint = replace(BLUEPRINT, scale=(("web", 2),))
    assert release(blueprint).processes[0].count == 2
    assert release(blueprint, scale={"web": 4}).processes[0].count == 4


def test_a_count_of_a_process_type_that_the_image_has_no_more_is_passed_over() -> None:
    assert [p.name for p in release(scale={"worker": 3}).processes] == ["web"]


def test_the_projects_own_names_are_filled_where_no_config_var_says_more() -> None:
    fills = (("APP_KEY", "SECRET_KEY"), ("DB", "DATABASE_URL"), ("PORT", "SECRET_KEY"))
    blueprint = replace(BLUEPRINT, fills=fills)
    made = release(blueprint)
    assert variable(made, "APP_KEY") == variable(made, "SECRET_KEY")
    assert variable(made, "DB") == "sqlite:////data/db.sqlite3"
    assert variable(made, "PORT") == "8080"
    elsewhere = release(blueprint, config={"DATABASE_URL": Secret("postgres://x/y")})
    assert variable(elsewhere, "DB") == "postgres://x/y"
    assert variable(release(blueprint, config={"DB": Secret("own")}), "DB") == "own"
    assert probe_variables(".", blueprint, {})["DB"] == "sqlite:////tmp/probe.sqlite3"


def test_debug_is_switched_off_in_the_way_that_the_settings_read_it() -> None:
    blueprint = replace(BLUEPRINT, defaults=((("DJANGO_DEBUG", "FALSE"),),))
    assert variable(release(blueprint), "DJANGO_DEBUG") == "FALSE"
    assert probe_variables(".", blueprint, {})["DJANGO_DEBUG"] == "FALSE"
    wanted = release(blueprint, config={"DJANGO_DEBUG": Secret("TRUE")})
    assert variable(wanted, "DJANGO_DEBUG") == "TRUE"


def test_defaults_of_a_group_are_used_as_long_as_nothing_of_it_is_set() -> None:
    groups = ((("DB_HOST", "localhost"), ("DB_NAME", "/data/x")), (("MAIL", ""), ("PORT", "1")))
    blueprint = replace(BLUEPRINT, defaults=groups)
    made = release(blueprint)
    assert [variable(made, name) for name in ("DB_HOST", "DB_NAME")] == ["localhost", "/data/x"]
    assert (variable(made, "MAIL"), variable(made, "PORT")) == ("", "8080")
    named = release(blueprint, config={"DB_HOST": Secret("db")})
    assert variable(named, "DB_HOST") == "db"
    assert "DB_NAME" not in named.env
    assert probe_variables(".", blueprint, {})["DB_NAME"] == "/data/x"


def test_a_worker_starts_once_a_variable_names_its_broker() -> None:
    blueprint = replace(
        BLUEPRINT, processes=(("worker", "celery worker"),), brokers=(("worker", ("A", "B")),)
    )
    assert [p.count for p in release(blueprint).processes] == [1, 0]
    assert [p.count for p in release(blueprint, config={"B": Secret("")}).processes] == [1, 0]
    named = release(blueprint, config={"B": Secret("redis://there")})
    assert [p.count for p in named.processes] == [1, 1]
    assert [p.count for p in release(blueprint, scale={"worker": 2}).processes] == [1, 2]
    # A value that was made up is nobody's broker.
    filled = replace(blueprint, defaults=((("A", "redis://localhost"),),))
    assert [p.count for p in release(filled).processes] == [1, 0]
    assert [p.count for p in release(filled, config={"A": Secret("x")}).processes] == [1, 1]


def test_there_is_never_more_than_one_scheduler() -> None:
    blueprint = replace(BLUEPRINT, processes=(("beat", "celery beat"),), scale=(("beat", 2),))
    assert [p.count for p in release(blueprint).processes] == [1, 1]
    assert release(blueprint, scale={"beat": 0}).processes[1].count == 0


def test_a_command_that_needs_a_shell_is_refused() -> None:
    with pytest.raises(NuagesError, match="needs a shell for '&&'"):
        release(replace(BLUEPRINT, processes=(("worker", "cd src && celery"),)))


def test_migrate_and_collectstatic_are_recognised_as_done() -> None:
    commands = (
        "python manage.py migrate --noinput",
        "python manage.py collectstatic --noinput",
        "python manage.py createcachetable",
    )
    made = release(replace(BLUEPRINT, release_commands=commands))
    assert made.release_commands == (("python", "manage.py", "createcachetable"),)


@pytest.mark.parametrize(
    "command",
    [
        "python manage.py migrate --database=analytics",
        "python manage.py migrate legacy 0003 --fake",
    ],
)
def test_a_migrate_that_does_something_of_its_own_is_run(command: str) -> None:
    made = release(replace(BLUEPRINT, release_commands=(command,)))
    assert made.release_commands == (tuple(command.split()),)


def test_the_tool_before_a_command_is_left_out() -> None:
    blueprint = replace(
        BLUEPRINT,
        processes=(("worker", "poetry run celery worker"),),
        release_commands=("uv run python manage.py migrate", "uv run python manage.py seed"),
    )
    made = release(blueprint)
    assert made.release_commands == (("python", "manage.py", "seed"),)
    assert made.processes[1].argv == ("celery", "worker")


def test_search_paths_of_the_user_come_after_the_platforms() -> None:
    config = {"PYTHONPATH": Secret("/app/lib"), "PATH": Secret("/app/bin")}
    made = release(config=config)
    assert variable(made, "PYTHONPATH") == "/app:/nuages:/app/lib"
    assert variable(made, "PATH") == "/venv/bin:/usr/local/bin:/usr/bin:/bin:/app/bin"
    variables = probe_variables(".", BLUEPRINT, {"PYTHONPATH": "/app/lib"})
    assert variables["PYTHONPATH"] == "/app:/nuages:/app/lib"


def test_other_folders_of_the_source_are_searched_after_the_projects_own() -> None:
    blueprint = replace(BLUEPRINT, paths=(".", "src"))
    made = release(blueprint, project="example")
    assert variable(made, "PYTHONPATH") == "/app/example:/app:/app/src:/nuages"
    assert probe_variables("example", blueprint, {})["PYTHONPATH"] == variable(made, "PYTHONPATH")


def test_the_project_folder_is_where_its_processes_work() -> None:
    made = release(project="backend")
    assert variable(made, "PYTHONPATH") == "/app/backend:/nuages"
    assert json.loads(variable(made, "NUAGES_OVERLAY"))["project"] == "/app/backend"


def test_origins_carry_the_port_only_where_it_is_not_the_default() -> None:
    overlay = json.loads(variable(release(), "NUAGES_OVERLAY"))
    assert overlay["origins"][0] == "http://polls.localhost:8000"
    overlay = json.loads(variable(release(port=80), "NUAGES_OVERLAY"))
    assert overlay["origins"][0] == "http://polls.localhost"


def test_debug_is_on_only_where_a_config_var_asks_for_it() -> None:
    assert json.loads(variable(release(), "NUAGES_OVERLAY"))["debug"] is False
    asked = release(config={"DJANGO_DEBUG": Secret("True")})
    assert json.loads(variable(asked, "NUAGES_OVERLAY"))["debug"] is True


def test_the_overlay_is_told_where_the_users_variables_go() -> None:
    fed = (("MEDIA_DIR", "MEDIA_ROOT"), ("THEME", "THEME"))
    blueprint = replace(BLUEPRINT, reads=("MEDIA_DIR", "OTHER", "THEME"), feeds=fed)
    made = release(blueprint, config={"MEDIA_DIR": Secret("/srv"), "OTHER": Secret("1")})
    overlay = json.loads(variable(made, "NUAGES_OVERLAY"))
    assert overlay["reads"] == ["MEDIA_DIR", "OTHER"]
    assert overlay["feeds"] == [["MEDIA_DIR", "MEDIA_ROOT"]]


def test_the_projects_limits_only_tighten_the_size() -> None:
    tight = release(replace(BLUEPRINT, memory=100, cpu=0.5))
    assert (tight.limits.memory, tight.limits.cpu) == (100, 0.5)
    wide = release(replace(BLUEPRINT, memory=10**12), limits=Limits(memory=512))
    assert wide.limits.memory == 512


def test_a_probe_sees_no_secret_and_no_database() -> None:
    variables = probe_variables(".", BLUEPRINT, {"THEME": "dark", "PORT": "1"})
    assert variables["DATABASE_URL"] == "sqlite:////tmp/probe.sqlite3"
    assert variables["THEME"] == "dark"
    assert variables["PORT"] == "8080"
    assert json.loads(variables["NUAGES_OVERLAY"])["phase"] == "build"
