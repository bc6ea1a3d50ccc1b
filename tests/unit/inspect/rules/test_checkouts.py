"""A source that is only a part of its repository."""

from __future__ import annotations

import pytest

from tests.unit.inspect.projects import SETTINGS, codes, finding, plain

MODULES = '[submodule "style"]\n\tpath = house_style\n\turl = https://git.example.com/style.git\n'
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"


@pytest.mark.parametrize("line", ["INSTALLED_APPS = ['house_style.django']", "import house_style"])
def test_a_submodule_that_the_settings_name_is_an_error(inspected, line: str) -> None:
    files = plain({".gitmodules": MODULES, "mysite/settings.py": f"{SETTINGS}{line}\n"})

    said = finding(inspected(files), "E013")

    assert "house_style is a submodule" in said.message
    assert (said.file, said.line) == ("mysite/settings.py", SETTINGS.count("\n") + 1)
    assert "git submodule update" in said.fix


def test_another_submodule_is_a_warning(inspected) -> None:
    said = finding(inspected(plain({".gitmodules": MODULES})), "W053")
    assert (said.file, said.line) == (".gitmodules", 2)


def test_a_submodule_that_is_there_is_not_spoken_of(inspected) -> None:
    files = plain({".gitmodules": MODULES, "house_style/__init__.py": ""})
    assert not {"E013", "W053"} & set(codes(inspected(files)))


def test_files_that_are_pointers_are_said(inspected) -> None:
    files = plain({
        ".gitattributes": "*.png filter=lfs diff=lfs merge=lfs -text\n*.txt text\n",
        "mysite/static/a.png": POINTER, "mysite/static/b.png": "PNG", "notes.txt": POINTER,
    })  # fmt: skip
    assert finding(inspected(files), "W054").message.endswith(": mysite/static/a.png")


def test_without_git_lfs_no_file_is_looked_into(inspected) -> None:
    files = plain({"mysite/static/a.png": POINTER, ".gitattributes": "\n*.png binary\n"})
    assert "W054" not in codes(inspected(files))
