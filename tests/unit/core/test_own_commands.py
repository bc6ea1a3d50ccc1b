"""Which release commands are the platform's own."""

from __future__ import annotations

import pytest

from nuages.core.own_commands import is_own_collectstatic, is_own_migrate


@pytest.mark.parametrize(
    "command",
    [
        "python manage.py migrate",
        "python manage.py migrate --noinput",
        "python3.12 manage.py migrate --no-input -v 2",
        "./manage.py migrate --verbosity=0",
        "python backend/manage.py migrate -v0",
        "django-admin migrate",
        "python -m django migrate",
        "uv run python manage.py migrate",
        "poetry run ./manage.py migrate --traceback",
    ],
)
def test_a_plain_migrate_is_the_platforms_own(command: str) -> None:
    assert is_own_migrate(command.split())


@pytest.mark.parametrize(
    "command",
    [
        "python manage.py migrate polls",
        "python manage.py migrate polls 0002",
        "python manage.py migrate --fake",
        "python manage.py migrate --database other",
        "python manage.py migrate --run-syncdb",
        "python manage.py migrate_schemas",
        "python manage.py collectstatic",
        "python other.py migrate",
        "migrate",
        "python",
        "",
    ],
)
def test_a_migrate_that_does_something_else_is_not(command: str) -> None:
    assert not is_own_migrate(command.split())


@pytest.mark.parametrize("options", ["", " --noinput", " --clear --link", " -i node_modules"])
def test_collectstatic_is_the_platforms_own_with_any_options(options: str) -> None:
    assert is_own_collectstatic(f"python manage.py collectstatic{options}".split())


def test_another_command_is_no_collectstatic() -> None:
    assert not is_own_collectstatic(["python", "manage.py", "compress"])
