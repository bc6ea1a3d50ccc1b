"""Commands as written become argument vectors."""

import pytest

from nuages.core.command_line import management_command, needs_shell, split_command


def test_words_are_split_like_a_shell_splits_them() -> None:
    assert split_command("gunicorn 'my app' -w 3", {}) == ("gunicorn", "my app", "-w", "3")


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("$PORT", "8080"),
        ("0.0.0.0:${PORT}", "0.0.0.0:8080"),
        ("${MISSING:-3}", "3"),
        ("$MISSING", ""),
        ("${PORT:-3}", "8080"),
    ],
)
def test_variables_are_put_in(written: str, expected: str) -> None:
    assert split_command(f"run {written}", {"PORT": "8080"}) == ("run", expected)


def test_a_value_with_blanks_stays_one_word() -> None:
    assert split_command("run $NAME", {"NAME": "a b; rm"}) == ("run", "a b; rm")


@pytest.mark.parametrize("shell", ["sh -c", "bash -lc", "/bin/dash -ec"])
def test_a_shell_reads_the_variables_of_its_script_itself(shell: str) -> None:
    argv = split_command(f"{shell} 'run $NAME; echo $1'", {"NAME": "a; rm b"})
    assert argv == (*shell.split(), "run $NAME; echo $1")


@pytest.mark.parametrize("command", ["a && b", "a | b", "a > file", "a; b", "a `b`", "a $(b)"])
def test_what_needs_a_shell_is_noticed(command: str) -> None:
    assert needs_shell(command)


@pytest.mark.parametrize(
    "command", ["a 'b && c'", "sh -c 'a `b` $(c)'", "gunicorn site.wsgi --bind 0.0.0.0:$PORT"]
)
def test_what_needs_no_shell_is_left_alone(command: str) -> None:
    assert needs_shell(command) == ""


@pytest.mark.parametrize(
    ("command", "name"),
    [
        ("python manage.py migrate --noinput", "migrate"),
        ("python3.12 ./manage.py collectstatic", "collectstatic"),
        ("python -m django migrate", "migrate"),
        ("django-admin migrate", "migrate"),
        ("manage.py migrate", "migrate"),
        ("python other.py migrate", ""),
        ("python", ""),
    ],
)
def test_a_management_command_is_recognised(command: str, name: str) -> None:
    assert management_command(tuple(command.split())) == name
