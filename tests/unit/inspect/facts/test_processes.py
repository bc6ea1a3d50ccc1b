"""Process types and release commands."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nuages.core.command_line import split_command
from nuages.inspect.facts.processes import ProcfileLine, parse_procfile, split_steps
from tests.unit.inspect.projects import codes, finding, plain


def processes(inspection) -> dict[str, str]:
    return {each.value.name: each.value.command for each in inspection.facts.processes}


def release(inspection) -> list[str]:
    return [each.value for each in inspection.facts.release_commands]


def test_a_procfile_gives_process_types_and_release_commands(inspected) -> None:
    text = "web: gunicorn mysite.wsgi --bind :$PORT\nworker: celery -A x worker\nrelease: ./go\n"
    inspection = inspected(plain({"Procfile": text}))
    assert processes(inspection) == {
        "web": "gunicorn mysite.wsgi --bind :$PORT", "worker": "celery -A x worker",
    }  # fmt: skip
    assert release(inspection) == ["./go"]
    assert inspection.facts.processes[1].line == 2


def test_without_a_word_there_are_none(inspected) -> None:
    inspection = inspected(plain())
    assert (processes(inspection), release(inspection)) == ({}, [])


def test_deploy_toml_wins_over_the_procfile_by_process_type(inspected) -> None:
    files = {"Procfile": "web: a\nworker: b\n", "deploy.toml": '[processes]\nweb = "c"\n'}
    inspection = inspected(plain(files))
    assert processes(inspection) == {"web": "c", "worker": "b"}
    web = next(each for each in inspection.facts.processes if each.value.name == "web")
    assert (web.origin, web.line) == ("deploy.toml", 2)


@pytest.mark.parametrize(
    ("command", "web"),
    [
        ("bin/start-nginx gunicorn mysite.wsgi", {"web": "gunicorn mysite.wsgi"}),
        ("bin/start-pgbouncer ./bin/start-nginx-debug daphne x", {"web": "daphne x"}),
        ("bin/start-nginx-solo", {}),
    ],
)
def test_a_server_that_another_platform_puts_in_front_is_left_out(inspected, command, web) -> None:
    inspection = inspected(plain({"Procfile": f"web: {command}\n", "bin/start-nginx": "x"}))
    assert processes(inspection) == web
    assert finding(inspection, "W241").line == 1


def test_a_script_of_the_projects_own_in_front_is_kept(inspected) -> None:
    inspection = inspected(plain({"Procfile": "web: bin/start-nginxes gunicorn mysite.wsgi\n"}))
    assert processes(inspection) == {"web": "bin/start-nginxes gunicorn mysite.wsgi"}
    assert "W241" not in codes(inspection)


def test_startup_commands_win_over_the_release_line(inspected) -> None:
    files = {"Procfile": "release: a\n", "deploy.toml": '[startup]\ncommands = ["b", "c"]\n'}
    assert release(inspected(plain(files))) == ["b", "c"]


def test_steps_joined_by_and_become_commands_of_their_own(inspected) -> None:
    files = {
        "Procfile": "release: python manage.py migrate && python manage.py loaddata 'a && b'\n"
    }
    assert release(inspected(plain(files))) == [
        "python manage.py migrate", "python manage.py loaddata 'a && b'",
    ]  # fmt: skip


def test_what_stands_before_the_server_runs_once_per_deployment(inspected) -> None:
    files = {"Procfile": "web: python manage.py migrate && exec gunicorn mysite.wsgi\n"}
    inspection = inspected(plain(files))
    assert processes(inspection) == {"web": "gunicorn mysite.wsgi"}
    assert release(inspection) == ["python manage.py migrate"]


def test_an_assignment_in_front_needs_no_shell(inspected) -> None:
    assert processes(inspected(plain({"Procfile": "web: A=1 gunicorn x\n"}))) == {
        "web": "env A=1 gunicorn x"
    }


@pytest.mark.parametrize(
    ("command", "operator"),
    [("a | b", "|"), ("a; b", ";"), ("a > log", ">"), ("a || b", "||"), ("a &", "&"),
     ("a $(b)", "("), ("a `b`", "`"), ("cd elsewhere && a", "cd")],
)  # fmt: skip
def test_a_line_for_a_shell_is_given_to_one(inspected, command, operator) -> None:
    inspection = inspected(plain({"Procfile": f"\nworker: {command}\n"}))
    said = finding(inspection, "W051")
    assert (said.file, said.line, said.severity) == ("Procfile", 2, "info")
    assert f"'{operator}'" in said.message
    argv = split_command(processes(inspection)["worker"], {"b": "no"})
    assert argv == ("sh", "-c", command)


def test_a_command_of_a_deploy_toml_for_a_shell_is_an_error_with_its_line(inspected) -> None:
    text = '[startup]\ncommands = ["yes | ./a"]\n'
    error = finding(inspected(plain({"deploy.toml": text})), "E006")
    assert (error.file, error.line, error.severity) == ("deploy.toml", 2, "error")
    assert "'|'" in error.message


def test_a_shell_begins_in_the_folder_of_a_nested_project(inspected) -> None:
    files = {f"web/{path}": content for path, content in plain().items()}
    text = "release: cd web && yes | python web/manage.py migrate\n"
    inspection = inspected({**files, "Procfile": text})
    assert release(inspection) == ["sh -c 'yes | python manage.py migrate'"]


def test_a_line_that_is_no_process_type_is_said(inspected) -> None:
    inspection = inspected(plain({"Procfile": "web: a\nnonsense\n# comment\n\nx y: b\n"}))
    assert codes(inspection).count("W046") == 2
    assert processes(inspection) == {"web": "a"}


def test_a_procfile_above_a_nested_project_is_adapted_to_its_folder(inspected) -> None:
    files = {f"web/{path}": content for path, content in plain().items()}
    text = (
        "web: cd web && gunicorn mysite.wsgi\nworker: python web/manage.py work\n"
        "release: python ./web/manage.py migrate\n"
    )
    inspection = inspected({**files, "Procfile": text})
    assert processes(inspection) == {
        "web": "gunicorn mysite.wsgi",
        "worker": "python manage.py work",
    }
    assert release(inspection) == ["python manage.py migrate"]


@given(st.text(max_size=100))
def test_any_procfile_is_read(text) -> None:
    for entry in parse_procfile(text):
        number = entry.line if isinstance(entry, ProcfileLine) else entry[0]
        assert 1 <= number <= text.count("\n") + 1


@given(st.lists(st.text("ab '\"", min_size=1, max_size=6).filter(str.strip), max_size=4))
def test_steps_without_quotation_marks_come_back(parts) -> None:
    clean = [part.replace("'", "").replace('"', "").strip() for part in parts]
    clean = [part for part in clean if part]
    assert split_steps(" && ".join(clean)) == clean


def test_what_stands_before_a_web_process_is_kept_beside_a_release_line(inspected) -> None:
    files = {"Procfile": "release: ./a\nweb: ./b && ./a && gunicorn x\n"}
    inspection = inspected(plain(files))
    assert release(inspection) == ["./a", "./b"]
    said = finding(inspection, "W049")
    assert ("'./b'" in said.message, said.file, said.line) == (True, "Procfile", 2)


def test_what_stands_before_the_web_process_of_a_deploy_toml_is_kept(inspected) -> None:
    text = '[processes]\nweb = "python manage.py loaddata x && gunicorn y"\n'
    inspection = inspected(plain({"deploy.toml": text, "Procfile": "web: ./other && ./z\n"}))
    assert processes(inspection) == {"web": "gunicorn y"}
    assert release(inspection) == ["python manage.py loaddata x"]
    assert finding(inspection, "W049").file == "deploy.toml"


def test_the_platforms_own_steps_need_no_word(inspected) -> None:
    files = {"Procfile": "web: python manage.py migrate && gunicorn x\n"
                         "worker: python manage.py migrate && celery\n"}  # fmt: skip
    assert not {"W049", "W050"} & set(codes(inspected(plain(files))))


@pytest.mark.parametrize("file", ["Procfile", "deploy.toml"])
def test_what_another_process_does_not_run_is_said(inspected, file: str) -> None:
    text = "worker: ./a && ./b\n" if file == "Procfile" else '[processes]\nworker = "./a && ./b"\n'
    inspection = inspected(plain({file: text}))
    assert processes(inspection) == {"worker": "./b"}
    said = finding(inspection, "W050")
    assert "without './a'" in said.message
    assert (said.file, said.severity) == (file, "warning")
