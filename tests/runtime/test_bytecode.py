"""Bytecode made ahead, by the Python that will use it."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

import nuages_runtime
from tests.runtime.environments import Environments

SCRIPT = Path(nuages_runtime.__path__[0]) / "bytecode.py"


@pytest.fixture(params=["1.11", "5.2"])
def python(request: pytest.FixtureRequest, environments: Environments) -> Path:
    """An old and a new Python."""
    return environments.get(request.param).python


def compile_files(python: Path, root: Path, *names: str, prefix: str = "/app") -> None:
    done = subprocess.run(
        [python, "-I", "-S", SCRIPT, root, "--prefix", prefix],
        input=b"\0".join(name.encode() for name in names),
        capture_output=True,
        timeout=30,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, b"")


def run(python: Path, root: Path, code: str) -> str:
    return subprocess.run(
        [python, "-B", "-c", code], cwd=root, capture_output=True, text=True, timeout=30, check=True
    ).stdout.strip()


def test_code_knows_the_place_where_it_will_be_mounted(python: Path, tmp_path: Path) -> None:
    (tmp_path / "views.py").write_text("def index(): pass\n")
    compile_files(python, tmp_path, "views.py")
    # Past the head: 16 bytes from Python 3.7 on, 12 before.
    code = (
        "import glob, marshal, sys; data = open(glob.glob('__pycache__/*')[0], 'rb').read()\n"
        "print(marshal.loads(data[16 if sys.version_info > (3, 7) else 12:]).co_filename)"
    )
    assert run(python, tmp_path, code) == "/app/views.py"


def test_nothing_looks_at_the_source_again(environments: Environments, tmp_path: Path) -> None:
    python = environments.get("5.2").python
    (tmp_path / "views.py").write_text("ANSWER = 1\n")
    compile_files(python, tmp_path, "views.py")
    (tmp_path / "views.py").write_text("ANSWER = 'changed'\n")
    assert run(python, tmp_path, "import views; print(views.ANSWER)") == "1"


def test_the_same_source_gives_the_same_bytes(python: Path, tmp_path: Path) -> None:
    results = []
    for name in ("one", "two"):
        folder = tmp_path / name
        folder.mkdir()
        (folder / "views.py").write_text("NAMES = {'a', 'b', 'c'}\nTEXT = 'x' * 3\n")
        compile_files(python, folder, "views.py")
        # Python 3.6 has the source's date in the first sixteen bytes.
        results.append(next(folder.glob("__pycache__/*.pyc")).read_bytes()[16:])
    assert results[0] == results[1]


def test_a_file_with_a_syntax_error_is_passed_over(python: Path, tmp_path: Path) -> None:
    (tmp_path / "broken.py").write_text("def (:\n")
    (tmp_path / "fine.py").write_text("")
    compile_files(python, tmp_path, "broken.py", "fine.py", "absent.py")
    assert [path.name.split(".")[0] for path in tmp_path.glob("__pycache__/*")] == ["fine"]


def test_nothing_is_written_through_a_link(python: Path, tmp_path: Path) -> None:
    (tmp_path / "code").mkdir()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "code/views.py").write_text("x = 1\n")
    (tmp_path / "code/__pycache__").symlink_to(tmp_path / "elsewhere")
    compile_files(python, tmp_path / "code", "views.py")
    assert not list((tmp_path / "elsewhere").iterdir())
