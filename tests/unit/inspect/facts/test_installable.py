"""Lines that were written for pip, or on another machine, become lines that uv takes."""

from __future__ import annotations

import json

import pytest

from nuages.inspect.facts.dependencies import find_dependencies
from tests.unit.inspect.projects import codes, finding, plain

# The default index by its former name.
FORMER = "https://" + ".".join(("pypi", "python", "org")) + "/simple"


def read(tree, text, **files):
    made = tree({"requirements.txt": text, **files})
    return find_dependencies(made, ".", made.remarks).value.value, made.remarks.findings


def test_plain_lines_are_installed_as_they_stand(tree) -> None:
    found, said = read(tree, "django==4.2 --hash=sha256:abc\npillow; python_version > '3'\n-e .\n")
    assert (found.lines, found.options, said) == ((), (), [])


@pytest.mark.parametrize(
    "options",
    [
        "--no-binary psycopg2",
        "--no-binary=:all:",
        '--install-option="--with-x=y z"',
        "--global-option build_ext --global-option='-I/usr'",
        "--config-settings a=b",
        "-U",
    ],
)
def test_an_option_behind_a_requirement_is_passed_over(tree, options: str) -> None:
    found, said = read(tree, f"psycopg2==2.9.9 {options} --hash=sha256:ab  # why\ndjango\n")
    assert found.lines == ("psycopg2==2.9.9 --hash=sha256:ab", "django")
    assert dict(found.pins)["psycopg2"] == "2.9.9"
    assert [(each.code, each.file, each.line) for each in said] == [
        ("inspect.W071", "requirements.txt", 1)
    ]


@pytest.mark.parametrize(
    "option",
    ["--process-dependency-links", "--prefer-binary", "--use-feature=fast-deps", "--no-cache-dir",
     "--no-binary :all:", "--allow-external x", "-f /home/me/wheels", "--user"],
)  # fmt: skip
def test_an_option_on_a_line_of_its_own_is_passed_over(tree, option: str) -> None:
    found, said = read(tree, f"{option}\ndjango\n")
    assert (found.lines, found.options) == (("django",), ())
    assert [each.code for each in said] == ["inspect.W071"]


def test_options_that_uv_knows_are_kept(tree) -> None:
    kept = ("--pre", "--only-binary=:all:", "--extra-index-url https://packages.example/simple",
            "-f https://packages.example/all.html", "--find-links=./wheels",
            "--no-index")  # fmt: skip
    found, said = read(tree, "\n".join((*kept, "django")), **{"wheels/x-1-py3-none-any.whl": ""})
    assert found.options == (
        "--pre",
        "--only-binary :all:",
        "--extra-index-url https://packages.example/simple",
        "--find-links https://packages.example/all.html",
        "--find-links file:///app/wheels",
        "--no-index",
    )
    assert not said


@pytest.mark.parametrize("option", ["-i", "-i ", "--index-url ", "--index-url=", "--pypi-url "])
def test_the_default_index_by_a_former_name_is_passed_over(tree, option: str) -> None:
    found, said = read(tree, f"{option}{FORMER}\ndjango\n")
    assert (found.lines, found.options) == (("django",), ())
    assert [each.code for each in said] == ["inspect.W072"]


def test_credentials_of_an_index_are_in_no_finding(tree) -> None:
    found, said = read(tree, f"-i {FORMER.replace('//', '//me:secret@')}\ndjango --foo\n")
    assert not found.options
    assert "secret" not in str(said)


@pytest.mark.parametrize(
    ("line", "left"),
    [
        ("pkg-resources==0.0.0", ()),
        ("pkg_resources==0.0.0", ()),
        ("pywin32==306", ()),
        ("pywin32==306 ; sys_platform == 'win32'", ("pywin32==306 ; sys_platform == 'win32'",)),
        ("win32-setctime==1.1.0", ("win32-setctime==1.1.0",)),
        ("python-apt==2.4.0+ubuntu1", ()),
        ("ufw==0.36.1", ()),
        ("PyYAML===5.3.1ubuntu0.2", ("PyYAML===5.3.1",)),
        ("python-debian==0.1.36+ubuntu1.1", ("python-debian==0.1.36",)),
        ("asgiref @ file:///home/conda/feedstock/asgiref_1631/work", ("asgiref",)),
        ("x @ file:///C:/ci/x-1.2-py3-none-any.whl#sha256=ab", ("x==1.2",)),
        ("x[y] @ file:///tmp/x-1.tar.gz ; os_name != 'nt'", ("x[y]==1 ; os_name != 'nt'",)),
        ("-e /home/me/x", ()),
        (r"C:\wheels\some_lib-0.4.1-cp38-cp38-win_amd64.whl", ("some-lib==0.4.1",)),
        ("-e git+git://host/x.git@1#egg=x", ("git+https://host/x.git@1#egg=x",)),
        ("git+ssh://git@github.com/a/x.git@1#egg=x", ("git+https://github.com/a/x.git@1#egg=x",)),
        ("git+git@github.com:a/x.git", ("git+https://github.com/a/x.git",)),
    ],
)  # fmt: skip
def test_lines_of_another_machine_become_lines_for_this_one(tree, line: str, left) -> None:
    found, said = read(tree, f"django\n{line}\n")
    assert (found.lines or ("django", line)) == ("django", *left)
    assert not found.local
    assert (not said) is (left == (line,))
    assert all(each.line == 2 for each in said)


def test_paths_of_the_source_stay(tree) -> None:
    text = "x @ file:./libs/x\n./libs/y\n-e libs/z\n"
    found, said = read(tree, text, **{"libs/x/setup.py": ""})
    assert (found.lines, found.local, said) == ((), True, [])


def test_included_files_become_lines_and_constraints(tree) -> None:
    files = {"base.txt": "django --pre\n", "limits.txt": "--prefer-binary\nasgiref<4\n"}
    found, said = read(tree, "-r base.txt\n-c limits.txt\npillow\n", **files)
    assert (found.lines, found.constraints) == (("django", "pillow"), ("asgiref<4",))
    assert found.files == ("requirements.txt", "base.txt", "limits.txt")
    assert {each.file for each in said} == {"base.txt", "limits.txt"}


def test_a_project_with_such_lines_can_be_deployed(inspected) -> None:
    inspection = inspected(plain({"requirements.txt": "django\npsycopg2 --no-binary psycopg2\n"}))
    assert "E007" not in codes(inspection)
    assert finding(inspection, "W071").line == 2


NAMED = [{"url": FORMER}, {"url": "https://a.example/simple"}, {"url": "https://${KEY}@b.example"}]


@pytest.mark.parametrize(
    "files",
    [
        {"Pipfile.lock": json.dumps({"_meta": {"sources": NAMED}, "default": {"six": "*"}})},
        {"Pipfile": "[packages]\nsix = '*'\n"
         + "".join(f"[[source]]\nurl = '{each['url']}'\n" for each in NAMED)},
        {"pyproject.toml": "[tool.poetry.dependencies]\nsix = '*'\n"
         + "".join(f"[[tool.poetry.source]]\nurl = '{each['url']}'\n" for each in NAMED)},
        {"uv.lock": "version = 1\n", "pyproject.toml": "[project]\nname = 'shop'\n"
         + "".join(f"[[tool.uv.index]]\nurl = '{each['url']}'\n" for each in NAMED)},
    ],
)  # fmt: skip
def test_the_other_indexes_of_a_package_manager_are_options(tree, files) -> None:
    made = tree(files)
    found = find_dependencies(made, ".", made.remarks).value.value
    assert found.options == ("--extra-index-url https://a.example/simple",)


@pytest.mark.parametrize(
    "name",
    ["requirements.pip", "requirements.in", "requiremnts.txt", "REQUIREMENTS.TXT", "pip.txt",
     "Requirement.txt", "dependencies.txt", "packages.txt", "requirments.txt"],
)  # fmt: skip
def test_a_list_under_another_name_is_found(tree, name: str) -> None:
    made = tree({name: "Django==4.2\nsix\n", "robots.txt": "django\n"})
    found = find_dependencies(made, ".", made.remarks).value.value
    assert (found.files, found.names) == ((name,), {"django", "six"})
    assert [each.code for each in made.remarks.findings] == ["inspect.W078"]


def test_a_list_of_other_things_is_not_taken(tree) -> None:
    made = tree({"packages.txt": "libpq-dev\n", "notes.txt": "django\n"})
    assert find_dependencies(made, ".", made.remarks).value.value.kind == "none"
