"""What is refused after a project was read."""

from dataclasses import replace
from pathlib import Path

import pytest

from nuages.core.app import EnvironmentName
from nuages.core.config import DeployConfig
from nuages.core.errors import NuagesError
from nuages.core.facts import Dependencies, Fact, Facts, VariableRead
from nuages.core.image import Blueprint, Image, NeededVariable, ProbeReport
from nuages.core.release import Release
from nuages.core.secret import Secret
from nuages.core.state import AppState
from nuages.pipeline.refusal import (
    refuse_missing_database,
    refuse_missing_variables,
    refuse_wrong_database,
)


def state(config: dict[str, Secret]) -> AppState:
    return AppState(EnvironmentName("polls"), Secret("k"), config, {}, ("polls.localhost",), 80, 1)


def test_a_database_server_that_nobody_gave_is_refused() -> None:
    with pytest.raises(NuagesError, match="engine is postgres, and DATABASE_URL is not set"):
        refuse_missing_database(DeployConfig(engine="postgres"), state({}))


def test_a_database_server_that_a_config_var_names_is_fine() -> None:
    given = state({"DATABASE_URL": Secret("postgres://db.example.org/polls")})
    refuse_missing_database(DeployConfig(engine="postgres"), given)


@pytest.mark.parametrize("engine", ["", "sqlite"])
def test_sqlite_needs_nothing(engine: str) -> None:
    refuse_missing_database(DeployConfig(engine=engine), state({}))


@pytest.fixture
def facts() -> Facts:
    any_value = Fact("", "")
    reason = "polls/migrations/0001_initial.py uses ArrayField"
    return Facts(
        *[any_value] * 6, Fact(Dependencies("none", ".", ()), ""), (), (), any_value, any_value,
        only_engine=Fact("postgres", reason, file="polls/migrations/0001_initial.py", line=3),
    )  # fmt: skip


def test_migrations_for_postgres_are_refused_before_they_are_run(facts) -> None:
    with pytest.raises(NuagesError) as caught:
        refuse_wrong_database(facts, DeployConfig(), state({}))
    error = caught.value
    assert error.code.code == "pipeline.E005"
    assert "polls/migrations/0001_initial.py:3: " in error.message
    assert "nuages config polls set DATABASE_URL=postgres://" in error.hint


def test_the_refusal_says_what_else_has_no_default(facts) -> None:
    reads = [
        VariableRead("PAYMENT_KEY", "s.py", 4, required=True),
        VariableRead("SECRET_KEY", "s.py", 5, setting="SECRET_KEY", required=True),
        VariableRead("REDIS_URL", "s.py", 6, required=True),
        VariableRead("GIVEN", "s.py", 7, required=True),
        VariableRead("OPEN", "s.py", 8),
    ]
    given = state({"GIVEN": Secret("1")})
    with pytest.raises(NuagesError) as caught:
        refuse_wrong_database(replace(facts, variables=tuple(reads)), DeployConfig(), given)
    assert caught.value.details.endswith(": PAYMENT_KEY (s.py:4)")


@pytest.mark.parametrize("name", ["DATABASE_URL", "DB_HOST", "PGHOST", "APP_POSTGRES_HOST"])
def test_a_config_var_that_names_a_database_lets_them_run(facts, name) -> None:
    refuse_wrong_database(facts, DeployConfig(), state({name: Secret("db.example.org")}))


@pytest.mark.parametrize("config", [DeployConfig(overlay=False), DeployConfig(keep=("DATABASES",))])
def test_a_database_of_the_projects_own_is_not_judged(facts, config) -> None:
    refuse_wrong_database(facts, config, state({}))


def release(*needed: NeededVariable, **env: str) -> Release:
    report = ProbeReport("5.2", "3.12", "mysite.settings", needed=needed)
    image = Image(
        digest="sha256:1",
        app=Path("/app"),
        venv=Path("/venv"),
        runtime=Path("/nuages"),
        static=None,
        static_digest="",
        python=None,
        python_version="3.12",
        project=".",
        report=report,
        blueprint=Blueprint("mysite.settings", "wsgi", "", ()),
    )
    given = {name: Secret(value) for name, value in env.items()}
    return Release(EnvironmentName("polls", "test"), 1, image, given, (), ("polls.localhost",))


def test_variables_that_nobody_set_are_refused_together_with_the_command_to_set_them() -> None:
    needed = (
        NeededVariable("BROKER_URL", "mysite/settings.py", 12),
        NeededVariable("GIVEN", "mysite/settings.py", 13),
        NeededVariable("PAYMENT_KEY", "shop/conf.py", 3),
    )
    with pytest.raises(NuagesError) as caught:
        refuse_missing_variables(release(*needed, GIVEN="1"))
    error = caught.value
    assert error.code.code == "pipeline.E011"
    assert error.message == (
        "Not set: BROKER_URL (mysite/settings.py:12), PAYMENT_KEY (shop/conf.py:3)"
    )
    assert "nuages config polls@test set BROKER_URL=VALUE PAYMENT_KEY=VALUE" in error.hint


def test_an_empty_variable_is_set() -> None:
    refuse_missing_variables(release(NeededVariable("PREFIX"), PREFIX=""))


def test_a_group_of_variables_of_which_only_some_are_set_is_refused() -> None:
    made = release(DB_HOST="db")
    groups = ((("DB_HOST", "localhost"), ("DB_NAME", "x")),)
    blueprint = replace(made.image.blueprint, defaults=groups)
    made = replace(made, image=replace(made.image, blueprint=blueprint))
    with pytest.raises(NuagesError) as caught:
        refuse_missing_variables(made)
    assert caught.value.message == "Not set: DB_NAME"
