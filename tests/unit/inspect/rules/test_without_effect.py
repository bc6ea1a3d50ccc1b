"""What a deploy.toml asks for in vain, and a lock that is none."""

from __future__ import annotations

from tests.unit.inspect.projects import codes, finding, plain


def test_a_scale_of_a_process_that_is_not_there_is_said(inspected) -> None:
    text = "[processes]\nmail = 'python mail.py'\n[scale]\nweb = 2\nmail = 1\nmial = 3\n"
    said = finding(inspected(plain({"deploy.toml": text, "mail.py": ""})), "W048")
    assert (said.file, said.line) == ("deploy.toml", 6)
    assert "mial" in said.message
    assert said.fix.endswith("mail, web")


def test_a_lock_that_uv_did_not_write_is_an_error(inspected) -> None:
    project = "[project]\nname = 'x'\nversion = '1'\ndependencies = ['django']\n"
    files = {"pyproject.toml": project, "uv.lock": "<<<<<<< HEAD\n", "requirements.txt": None}
    assert finding(inspected(plain(files)), "E007").file == "uv.lock"
    files["uv.lock"] = "version = 1\n"
    assert "E007" not in codes(inspected(plain(files)))


def test_what_cannot_be_parsed_is_an_error_where_the_inspection_is_strict(inspected) -> None:
    files = plain({"mysite/settings.py": "DEBUG = (\n"})
    assert finding(inspected(files), "W044").severity == "warning"
    assert finding(inspected(files, strict=True), "W044").severity == "error"
