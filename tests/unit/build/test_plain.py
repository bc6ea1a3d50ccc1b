"""What of a dependency input is plain enough for the host's own uv."""

from __future__ import annotations

from pathlib import Path

import pytest

from nuages.build.plain import PlainInput, plain_input
from nuages.core.facts import Dependencies


def of(tree: Path, text: str, name: str = "requirements.txt", **others: str) -> PlainInput | None:
    kind = "pyproject" if name == "pyproject.toml" else "requirements"
    for path, content in {name: text, **others}.items():
        (tree / path).write_text(content)
    return plain_input(tree, Dependencies(kind, ".", (name,)), ("gunicorn",))


def test_names_versions_markers_extras_and_hashes_are_plain(tmp_path: Path) -> None:
    digest = "sha256:" + "a" * 64
    found = of(
        tmp_path,
        f"Django[argon2]>=5,<6 ; python_version>'3.9'  # web\nsix==1.0 \\\n  --hash={digest}\n",
    )
    assert found is not None
    assert found.requirements == [
        'Django[argon2]<6,>=5; python_version > "3.9"',
        f"six==1.0 --hash={digest}",
        "gunicorn",
    ]


def test_files_that_are_included_are_read(tmp_path: Path) -> None:
    others = {"base.txt": "django\n", "limits.txt": "six<2\n"}
    found = of(tmp_path, "-r base.txt\n-c limits.txt\n", **others)
    assert found == PlainInput(["django", "gunicorn"], ["six<2"])


@pytest.mark.parametrize(
    "line",
    ["-e .", "--editable=./libs/x", ".", "x.whl", "x @ https://host/x.whl", "x @ file:libs/x",
     "git+https://host/x", "${NAME}", "six ; python_version > '${X}'"],
)  # fmt: skip
def test_an_entry_that_is_an_address_or_a_path_is_passed_over(tmp_path: Path, line: str) -> None:
    found = of(tmp_path, f"django\n{line}\n")
    assert found == PlainInput(["django", "gunicorn"], whole=False)


@pytest.mark.parametrize(
    "line",
    ["-r ../outside.txt", "-r /etc/hostname", "-r missing.txt", "-r https://host/x.txt", "--pre",
     "-f /srv", "-i https://host/simple", "-e . --pre", "-e --pre", "six --config-settings=a=b"],
)  # fmt: skip
def test_a_line_that_may_change_the_others_leaves_none(tmp_path: Path, line: str) -> None:
    (tmp_path / "outside.txt").write_text("django\n")
    tree = tmp_path / "tree"
    tree.mkdir()
    found = of(tree, f"django\n{line}\n")
    assert found is None or (found.requirements[0], found.whole) == ("django", False)


def test_a_pyproject_is_plain_where_it_lists_packages_itself(tmp_path: Path) -> None:
    found = of(tmp_path, '[project]\ndependencies = ["django>=5"]\n', "pyproject.toml")
    assert found == PlainInput(["django>=5", "gunicorn"])


@pytest.mark.parametrize(
    "text",
    ['[project]\ndynamic = ["dependencies"]\n',
     '[tool.poetry.dependencies]\ndjango = "5"\n',
     '[project]\ndependencies = ["x"]\n[tool.uv.sources]\nx = { path = "libs/x" }\n'],
)  # fmt: skip
def test_a_pyproject_that_leaves_it_to_others_is_not(tmp_path: Path, text: str) -> None:
    assert of(tmp_path, text, "pyproject.toml") is None
