"""The documents name the variables that a release really has."""

from dataclasses import replace

from nuages.release.assemble import is_reserved
from nuages.release.variables import VARIABLES
from tests.unit.release.test_assemble import BLUEPRINT, release

# The platform's own, for its programs inside of the app, and what any Python program needs.
OWN = {"NUAGES_OVERLAY", "NUAGES_READINESS", "NUAGES_THREADS", "NUAGES_MOST_WORKERS"}
PYTHON = {
    "HOME",
    "LANG",
    "PATH",
    "PYTHONDONTWRITEBYTECODE",
    "PYTHONPATH",
    "PYTHONUNBUFFERED",
    "VIRTUAL_ENV",
}


def test_every_variable_of_a_release_is_declared_and_no_other() -> None:
    usual = release(replace(BLUEPRINT, configuration="Live"))
    one_file = release(replace(BLUEPRINT, settings=""))

    given = set(usual.env) | set(one_file.env)

    assert {variable.name for variable in VARIABLES} == given - OWN - PYTHON


def test_the_reserved_ones_are_those_that_a_config_var_cannot_take() -> None:
    for variable in VARIABLES:
        assert variable.reserved == is_reserved(variable.name), variable.name
