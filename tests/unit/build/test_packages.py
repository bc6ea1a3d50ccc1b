"""Environments: what is installed where, and what is left of what packages do meanwhile."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pytest

from nuages.build.errors import PACKAGES_FAILED
from nuages.build.install.means import InstallCommand
from nuages.build.versions.old_setup import older_setuptools
from nuages.core.errors import NuagesError
from tests.unit.build.conftest import MINOR, make_source_only, make_wheel

SITE = f"lib/python{MINOR}/site-packages"


def test_names_with_versions_are_installed_without_a_sandbox(installer, plan, sandbox) -> None:
    made = installer.ensure(*plan())
    assert (made.venv / SITE / "greeting.py").is_file()
    assert list((made.venv / SITE / "__pycache__").glob("greeting.*.pyc"))
    assert (made.venv / "bin/greet").read_text().startswith("#!/venv/bin/python")
    assert made.interpreter.version.startswith(f"{MINOR}.")
    assert not sandbox.commands
    assert sorted(path.name for path in made.venv.parent.iterdir()) == ["environment.json", "venv"]


def test_nothing_in_an_environment_names_the_folder_that_it_was_made_in(installer, plan) -> None:
    made = installer.ensure(*plan())
    record = (made.venv / SITE / "greeting-1.0.dist-info/RECORD").read_text()
    assert "../../../bin/greet,,\n" in record
    assert 'VIRTUAL_ENV="/venv"' in (made.venv / "bin/activate").read_text().replace("'", '"')
    home = str(installer.home.path).encode()
    named = [path for path in made.venv.rglob("*") if path.is_file() and not path.is_symlink()]
    assert [path.name for path in named if home in path.read_bytes()] == []


def test_an_environment_is_made_once(installer, plan, programs) -> None:
    made = installer.ensure(*plan())
    programs.argvs.clear()
    assert installer.ensure(*plan()) == made
    assert not programs.argvs


@pytest.mark.parametrize(
    "text",
    [
        "-e .\n",
        "greeting==1.0\n./libs/x\n",
        "x @ file:///srv/x\n",
        "x @ git+ssh://git@host/x\n",
        "https://host/x.whl\n",
        "--index-url https://host/simple\ngreeting\n",
        "greeting==1.0 --config-settings=a=b\n",
        "-r https://host/requirements.txt\n",
        "greeting ; python_version > '${HOME}'\n",
    ],
)
def test_anything_else_is_only_installed_inside(
    installer, plan, programs, sandbox, text: str
) -> None:
    installer.ensure(*plan(text))
    assert set(programs.lines) <= {"greeting", "greeting==1.0"}
    assert sandbox.commands[-1].argv[-2:] == ("-r", "/app/requirements.txt")


def test_releases_that_contradict_each_other_are_installed_as_they_are_named(
    installer, plan, tmp_path: Path
) -> None:
    make_wheel(tmp_path / "wheels", name="talk", needs="greeting<1")
    said = "Because talk==1.0 depends on greeting<1 and you require greeting==1.0, unsatisfiable."
    refusing = replace(installer, sandboxed=lambda _command: (1, said))
    pins = (("greeting", "1.0"), ("talk", "1.0"))
    made = refusing.ensure(*plan("greeting==1.0\ntalk==1.0\n", pins=pins))
    assert {path.name for path in (made.venv / SITE).glob("*.py")} >= {"greeting.py", "talk.py"}
    assert made.forced == "talk==1.0 depends on greeting<1, and greeting==1.0 is named"
    # It is not found out again.
    failing = replace(installer, sandboxed=lambda _command: (1, ""))
    assert failing.ensure(*plan("greeting==1.0\ntalk==1.0\n", pins=pins)) == made
    with pytest.raises(NuagesError):
        refusing.ensure(*plan("talk==1.0\ngreeting==1.0\n"))


def test_an_option_leaves_everything_to_the_sandbox(installer, plan, programs, sandbox) -> None:
    installer.ensure(*plan("--index-url https://host/simple\ngreeting\n"))
    assert not programs.lines
    assert [command.argv[3] for command in sandbox.commands] == ["venv", "pip"]


def test_lines_that_were_rewritten_are_installed_instead_of_the_file(
    installer, plan, programs, sandbox
) -> None:
    said = {"lines": ("greeting",), "constraints": ("greeting<2",)}
    installer.ensure(*plan("greeting --no-binary greeting\n", **said))
    assert programs.lines == ["greeting"]
    assert not sandbox.commands


def test_options_reach_uv_by_a_file_and_as_arguments(installer, plan, sandbox) -> None:
    index = "--extra-index-url https://me:secret@host/simple"
    options = (index, "--pre", "--trusted-host host")
    files: dict[str, str] = {}

    def look(venv: Path) -> None:
        files.update({path.name: path.read_text() for path in venv.parent.glob("*.txt")})

    sandbox.code = look
    installer.ensure(*plan("greeting\n", options=options, constraints=("greeting<2",)))
    argv = sandbox.commands[-1].argv
    assert argv[argv.index("--prerelease=allow") :] == (
        "--prerelease=allow", "--allow-insecure-host", "host",
        "-r", "/run/nuages/options.txt", "--index-strategy", "unsafe-best-match",
        "-c", "/run/nuages/constraints.txt", "-r", "/app/requirements.txt",
    )  # fmt: skip
    assert files == {"options.txt": f"{index}\n", "constraints.txt": "greeting<2\n"}


def test_what_is_begun_outside_is_gone_on_with_inside_by_copies(installer, plan, sandbox) -> None:
    seen: dict[str, tuple[int, int]] = {}

    def look(venv: Path) -> None:
        for path in (venv / SITE, venv / SITE / "greeting.py"):
            seen[path.name] = (path.stat().st_mode & 0o777, path.stat().st_nlink)
        (venv / SITE / "local.py").touch()

    sandbox.code = look
    venv = installer.ensure(*plan("greeting==1.0\n-e .\n")).venv
    assert seen["site-packages"][0] == 0o777
    assert seen["greeting.py"] == (0o666, 1)
    assert (venv / SITE / "local.py").is_file()
    assert (venv / SITE / "greeting.py").stat().st_mode & 0o777 == 0o644
    assert (venv / SITE).stat().st_mode & 0o777 == 0o755
    assert (venv / "bin/greet").read_text().startswith("#!/venv/bin/python")


@pytest.mark.parametrize("text", ["greeting\n", "greeting>=1\n-e .\n"])
def test_a_newer_release_without_a_wheel_is_built_inside(
    installer, plan, sandbox, tmp_path: Path, text: str
) -> None:
    make_source_only(tmp_path / "wheels", "2.0", tmp_path / "trace")
    sandbox.code = lambda venv: (venv / SITE / "built.py").touch()
    venv = installer.ensure(*plan(text)).venv
    assert (venv / SITE / "built.py").is_file()
    assert not (venv / SITE / "greeting.py").exists(), "begun anew, so that nothing old is kept"
    assert not (tmp_path / "trace").exists(), "its code ran outside"


@pytest.mark.parametrize("text", ["greeting\n", "greeting>=1\n-e .\n"])
def test_where_the_newer_release_cannot_be_built_the_one_with_a_wheel_stays(
    installer, plan, sandbox, tmp_path: Path, text: str
) -> None:
    make_source_only(tmp_path / "wheels", "2.0", tmp_path / "trace")

    def fails(venv: Path) -> None:
        if not (venv / SITE / "greeting.py").exists():
            raise NuagesError(PACKAGES_FAILED, "it cannot be built")

    sandbox.code = fails
    venv = installer.ensure(*plan(text)).venv
    assert (venv / SITE / "greeting.py").is_file()
    assert (venv / "bin/greet").read_text().startswith("#!/venv/bin/python")


@pytest.mark.parametrize("text", ["greeting==1.0\n", "greeting<2\n"])
def test_a_newer_release_that_is_not_asked_for_changes_nothing(
    installer, plan, sandbox, tmp_path: Path, text: str
) -> None:
    make_source_only(tmp_path / "wheels", "2.0", tmp_path / "trace")
    installer.ensure(*plan(text))
    assert not sandbox.commands


def test_what_has_to_be_compiled_is_installed_inside_from_its_own_folder(
    installer, plan, sandbox
) -> None:
    said = {"root": "backend", "files": ("backend/requirements.txt",)}
    installer.ensure(*plan("no-such-wheel==1\n", **said))
    command = sandbox.commands[-1]
    assert command.argv[-2:] == ("-r", "/app/backend/requirements.txt")
    assert command.folder == "backend"
    assert (command.exchange.name, command.venv.name) == ("inside", "launch")
    assert not command.venv.is_relative_to(command.exchange)


def test_what_runs_while_it_is_installed_decides_nothing_outside(
    installer, plan, sandbox, tmp_path: Path
) -> None:
    victim = tmp_path / "victim"
    (victim / "folder").mkdir(parents=True)
    (victim / "file").write_text("mine")

    def attack(venv: Path) -> None:
        for name in ("python", "python3", f"python{MINOR}"):
            (venv / "bin" / name).unlink()
            (venv / "bin" / name).write_text(f"#!/bin/sh\ntouch {victim}/ran\n")
            (venv / "bin" / name).chmod(0o4755)
        (venv / "bin/python._pth").write_text("/data/evil\n")
        (venv / "pyvenv.cfg").unlink()
        (venv / "pyvenv.cfg").symlink_to(victim / "file")
        (venv / "lib64").unlink()
        (venv / "lib64").symlink_to(victim)
        package = venv / SITE / "package"
        package.mkdir()
        (package / "module.py").write_text("x = 1\n")
        (package / "__pycache__").symlink_to(victim / "folder")
        (package / "linked").symlink_to(victim)
        (venv / SITE / "nuages_start.py").symlink_to(victim / "file")
        (venv / "bin/tool").symlink_to(victim / "file")

    sandbox.code = attack
    made = installer.ensure(*plan("-e .\n"))
    venv, python = made.venv, made.interpreter
    assert (victim / "file").read_text() == "mine"
    assert not list((victim / "folder").iterdir())
    assert not (victim / "ran").exists()
    links = {str(path.relative_to(venv)): path.readlink() for path in venv.rglob("*")
             if path.is_symlink()}  # fmt: skip
    assert links == {
        "bin/python": python.executable,
        "bin/python3": Path("python"),
        f"bin/python{MINOR}": Path("python"),
        "lib64": Path("lib"),
    }
    assert not (venv / "bin/python._pth").exists()
    where = "import sys; print(sys.prefix, sys.base_prefix)"
    said = subprocess.run([venv / "bin/python", "-c", where], capture_output=True, check=True)
    assert said.stdout.decode().split() == [str(venv), str(python.prefix)]


def test_a_wheel_cannot_replace_the_interpreter(installer, plan, sandbox, tmp_path: Path) -> None:
    data = {"greeting-1.0.data/data/bin/python._pth": "/data/evil\n",
            "greeting-1.0.data/data/pyvenv.cfg": "home = /data/evil\n"}  # fmt: skip
    make_wheel(tmp_path / "wheels", data)
    made = installer.ensure(*plan())
    venv, python = made.venv, made.interpreter
    assert not sandbox.commands
    assert not (venv / "bin/python._pth").exists()
    assert f"home = {python.executable.parent}" in (venv / "pyvenv.cfg").read_text()


@pytest.mark.parametrize("place", ["", "lib", "bin", SITE])
def test_an_environment_that_is_a_link_is_refused(
    installer, plan, sandbox, tmp_path: Path, place: str
) -> None:
    elsewhere = tmp_path / "elsewhere"

    def attack(venv: Path) -> None:
        (venv / place).rename(elsewhere)
        (venv / place).symlink_to(elsewhere)

    sandbox.code = attack
    if place == "bin":
        installer.ensure(*plan("-e .\n"))
        assert not (elsewhere / "python3").readlink().is_absolute()
        return
    with pytest.raises(NuagesError) as caught:
        installer.ensure(*plan("-e .\n"))
    assert caught.value.code is PACKAGES_FAILED
    assert not list((installer.home.environments).iterdir())


def test_an_environment_whose_interpreter_was_removed_is_made_anew(
    installer, plan, tmp_path: Path
) -> None:
    made = installer.ensure(*plan())
    described = made.venv.parent / "environment.json"
    text = described.read_text().replace(str(made.interpreter.executable), "/gone/python3")
    described.write_text(text)
    again = installer.ensure(*plan())
    assert again.id != made.id
    assert replace(again, id=made.id) == made
    assert str(made.interpreter.executable) in described.read_text()


@pytest.mark.parametrize(
    ("python", "tried"),
    [("3.12.1", ["70"]), ("3.9.18", ["70", "66", "58"]), ("3.10.0", ["70", "66", "58"])],
)
def test_older_versions_of_setuptools_are_tried_for_old_packages(python, tried) -> None:
    assert older_setuptools(python) == tuple(f"setuptools<{each}" for each in tried)


@pytest.mark.parametrize(
    ("fails", "last"), [(False, ("/app/lib",)), (True, ("-r", "/app/lib/setup.py"))]
)
def test_the_library_around_an_example_is_installed_else_what_it_needs(
    installer, plan, sandbox, fails: bool, last: tuple[str, ...]
) -> None:
    def run(command: InstallCommand) -> tuple[int, str]:
        code, output = sandbox(command)
        return (1, "no version") if fails and command.argv[-1] == "/app/lib" else (code, output)

    wanted, tree = plan(library="lib/setup.py")
    replace(installer, sandboxed=run).ensure(wanted, tree)
    assert sandbox.commands[-1].argv[-len(last) :] == last


@pytest.mark.parametrize(("kind", "file"), [("setup", "setup.py"), ("poetry", "pyproject.toml")])
def test_what_was_read_of_a_library_is_enough_where_it_cannot_be_built(
    installer, plan, sandbox, kind: str, file: str
) -> None:
    def run(command: InstallCommand) -> tuple[int, str]:
        code, output = sandbox(command)
        return (1, "no version") if any("/app" in each for each in command.argv) else (code, output)

    said = {"kind": kind, "library": file, "names": frozenset(("greeting",)), "files": (file,)}
    wanted, tree = plan("greeting\n", **said, lines=("greeting",))
    replace(installer, sandboxed=run).ensure(wanted, tree)
    tried = [command.argv[-1] for command in sandbox.commands if command.argv[3] == "pip"]
    assert tried == ["/app", f"/app/{file}", "/run/nuages/exported.txt"]


def test_what_is_pinned_is_free_of_the_day_that_the_rest_is_taken_as_of(
    installer, plan, programs, sandbox
) -> None:
    wanted, tree = plan("greeting\n", as_of="2019-06-30", pins=(("greeting", "1.0"),))
    installer.ensure(replace(wanted, extra=("gunicorn>=20",)), tree)
    install = next(argv for argv in programs.argvs if "install" in argv)
    assert "--exclude-newer=2019-06-30" in install
    free = [each for each in install if each.startswith("--exclude-newer-package")]
    assert [each.split("=")[1] for each in free] == ["gunicorn", "greeting"]


def test_where_a_day_has_not_enough_todays_releases_are_taken_of_the_same_django(
    installer, plan, sandbox
) -> None:
    limits: list[str] = []

    def run(command: InstallCommand) -> tuple[int, str]:
        code, output = sandbox(command)
        if any(each.startswith("--exclude-newer=") for each in command.argv):
            return 1, "Because only greeting>=2 is available and you require greeting"
        file = command.exchange / "constraints.txt"
        limits.extend(file.read_text().splitlines() if file.exists() else [])
        return code, output

    wanted, tree = plan("./local\n", as_of="2019-06-30", django="==3.2.*")
    assert replace(installer, sandboxed=run).ensure(wanted, tree).venv.is_dir()
    assert limits == ["django==3.2.*"]


@pytest.mark.parametrize(
    "said",
    [
        # A folder of the source, which uv names nowhere; and a release.
        "error: The build backend returned an error\n  cause: Call to `build_wheel` failed\n",
        "error: Failed to build `old==1.0`\n  cause: The build backend returned an error\n",
    ],
)
def test_where_a_build_fails_an_older_python_is_tried_however_much_it_printed(
    installer, plan, sandbox, said: str
) -> None:
    pythons: list[Path] = []

    def run(command: InstallCommand) -> tuple[int, str]:
        code, output = sandbox(command)
        pythons.append((command.venv / "bin/python").resolve())
        if "pip" in command.argv and pythons[-1] == pythons[0]:
            return 1, said + "a line of the compiler's\n" * 400
        return code, output

    older = f"3.{int(MINOR.partition('.')[2]) - 1}"
    wanted, tree = plan("./local\n")
    several = replace(wanted, pythons=(MINOR, older))
    made = replace(installer, sandboxed=run).ensure(several, tree)
    assert made.interpreter.minor == older
    assert made.older.endswith(f"cannot be installed with Python {MINOR}")


def test_where_a_python_is_too_old_for_a_release_a_newer_one_is_taken(
    installer, plan, sandbox
) -> None:
    older = f"3.{int(MINOR.partition('.')[2]) - 1}"

    def run(command: InstallCommand) -> tuple[int, str]:
        code, output = sandbox(command)
        if "pip" in command.argv and (command.venv / "bin/python").resolve().name.endswith(older):
            said = f"does not satisfy Python>={MINOR} and old==1.0 depends on Python>={MINOR}"
            return 1, f"cause: Because the current Python version ({older}.1) {said}, we can"
        return code, output

    wanted, tree = plan("./local\n")
    stale = replace(wanted, pythons=(older,), others=(MINOR,))
    made = replace(installer, sandboxed=run).ensure(stale, tree)
    assert made.interpreter.minor == MINOR
    assert made.older == f"old==1.0 needs Python {MINOR} or newer"


def test_a_member_of_a_workspace_is_asked_for_by_its_name(installer, plan, programs) -> None:
    said = {"kind": "uv", "files": ("site/pyproject.toml", "uv.lock")}
    wanted, tree = plan("[project]\nname = 'shop'\nversion = '1'\n", **said)
    (tree / "pyproject.toml").write_text("[tool.uv.workspace]\nmembers = ['site']\n")
    lock = 'version = 1\nrequires-python = ">=3.11"\n[manifest]\nmembers = ["shop"]\n'
    member = '[[package]]\nname = "shop"\nversion = "1"\nsource = { virtual = "site" }\n'
    (tree / "uv.lock").write_text(lock + member)
    assert installer.ensure(wanted, tree).venv.is_dir()
    export = next(argv for argv in programs.argvs if "export" in argv)
    assert export[-2:] == ("--package", "shop")
