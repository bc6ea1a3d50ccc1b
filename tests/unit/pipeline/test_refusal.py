"""What is refused after a project was read."""

import pytest

from nuages.core.app import EnvironmentName
from nuages.core.config import DeployConfig
from nuages.core.errors import NuagesError
from nuages.core.secret import Secret
from nuages.core.state import AppState
from nuages.pipeline.refusal import refuse_missing_database


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
