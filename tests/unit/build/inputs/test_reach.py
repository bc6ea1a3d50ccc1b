"""What cannot be reached gives way, unless it is somebody's own."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nuages.build.inputs.reach import Asked, GivenUp, release_of
from nuages.core.facts import Dependencies

DEAD = "error: Failed to fetch: https://{0}/simple/six/\n  cause: error sending request for url"
GIT = "fatal: unable to access 'https://github.com/a/b.git/': Could not resolve host: github.com"


def asked(exported: str = "six\n", *options: str) -> Asked:
    return Asked(Dependencies("requirements", ".", ("r.txt",), options=options), exported)


def test_an_index_that_does_not_answer_gives_way_to_the_default_one() -> None:
    options = ("--pre", "--extra-index-url https://a.example/x", "--index-url https://b.example")
    easier = asked("six\n", *options).easier(DEAD.format("a.example"))
    assert easier is not None
    assert easier.dependencies.options == ("--pre",)
    assert easier.given_up == (GivenUp("a.example"),)


def test_a_build_that_only_such_an_index_has_becomes_the_ordinary_one() -> None:
    text = "torch==2.4.0+cpu ; python_version > '3' --hash=sha256:ab\nsix==1 --hash=sha256:cd\n"
    easier = asked(text, "--extra-index-url https://a.example/x").easier(DEAD.format("a.example"))
    assert easier is not None
    assert easier.exported == (
        "torch==2.4.0 ; python_version > '3'\nsix==1 --hash=sha256:cd\n"
    )  # fmt: skip


@pytest.mark.parametrize(
    "line",
    [
        "torch==2.4.0 --hash=sha256:ab --hash=sha256:cd\n",
        "torch==2.4.0 ; os_name == 'a' \\\n    --hash=sha256:ab \\\n    --hash=sha256:cd\n",
    ],
)
def test_digests_of_an_index_that_was_given_up_are_not_asked_for(line: str) -> None:
    output = "error: Failed to download `torch==2.4.0`\n  cause: Hash mismatch for `torch==2.4.0`\n"
    text = line + "six==1 --hash=sha256:cd\n"
    first = asked(text, "--extra-index-url https://a.example/x")
    assert first.easier(output) is None
    second = first.easier(DEAD.format("a.example"))
    assert second is not None
    third = second.easier(output)
    assert third is not None
    bare = line.partition(" --hash")[0].partition(" \\")[0].strip()
    assert third.exported == f"{bare}\nsix==1 --hash=sha256:cd\n"
    assert third.easier(output) is None


@pytest.mark.parametrize(
    ("option", "output"),
    [
        ("--index-url https://me:secret@a.example/simple", DEAD.format("a.example")),
        ("--index-url https://a.example/${KEY}", DEAD.format("a.example")),
        ("--index-url https://a.example/simple", DEAD.format("b.example")),
        ("--index-url https://a.example/simple", "No solution found: a.example has no six"),
        ("--only-binary :all:", DEAD.format("a.example")),
    ],
)
def test_nothing_else_gives_way(option: str, output: str) -> None:
    assert asked("six\n", option).easier(output) is None


@pytest.mark.parametrize(
    ("line", "instead"),
    [
        ("git+https://github.com/a/b.git@v1.2.3#egg=Bee", "Bee==1.2.3"),
        ("-e git+https://github.com/a/b.git@main#egg=bee&subdirectory=x", "bee"),
        ("bee[x] @ git+https://github.com/a/b@release-1.2 ; os_name == 'posix'",
         "bee[x]==1.2 ; os_name == 'posix'"),
        ("git+https://gitlab.com/a/b-c.git", "b-c"),
        ("https://github.com/a/b/archive/refs/tags/1.0.1.tar.gz", "b==1.0.1"),
        ("https://github.com/a/b/archive/master.zip#egg=bee", "bee"),
        ("locked @ git+https://github.com/a/b@0123abcd", "locked==3.1"),
        ("git+https://github.com/a/b.git#subdirectory=x", ""),
        ("git+https://token@github.com/a/b.git@1.2", ""),
        ("git+https://${TOKEN}@github.com/a/b.git@1.2", ""),
        ("git+https://code.example/a/b.git@1.2#egg=b", ""),
        ("six==1.2", ""),
    ],
)  # fmt: skip
def test_a_public_repository_gives_way_to_a_release(line: str, instead: str) -> None:
    assert release_of(line, {"locked": "3.1"}) == instead


def test_a_version_that_the_index_has_not_gives_way_to_any() -> None:
    line = "git+https://github.com/a/b.git@v1.2.3"
    first = asked(f"six\n{line}\n").easier(GIT)
    assert first is not None
    assert (first.exported, first.given_up) == ("six\nb==1.2.3\n", (GivenUp(line, "b==1.2.3"),))
    second = first.easier("Because there is no version of b==1.2.3, it cannot be used")
    assert second is not None
    assert (second.exported, second.given_up) == ("six\nb\n", (GivenUp(line, "b"),))
    assert second.easier("Because b was not found in the package registry") is None


def test_a_repository_that_answers_stays() -> None:
    line = "git+https://github.com/a/b.git@v1.2.3"
    assert asked(f"{line}\n").easier("fatal: couldn't find remote ref v1.2.3") is None


def test_a_release_that_cannot_be_unpacked_gives_way_to_a_later_one() -> None:
    output = "  cause: Failed to extract archive: pypdf2==1.26.0\n  cause: Invalid tar file\n"
    easier = asked("six==1\n").easier(output)
    assert easier is not None
    assert easier.overrides == ("pypdf2>=1.26.0,<2",)
    assert easier.given_up == (GivenUp("pypdf2==1.26.0", "pypdf2>=1.26.0,<2"),)
    assert easier.easier(output) is None


def test_a_release_that_asks_for_what_is_no_version_gives_way_to_a_later_one() -> None:
    output = (
        "  cause: Because pandas==0.24.2 has invalid metadata and you require pandas==0.24.2\n"
        "hint: Metadata for `pandas` (v0.24.2) could not be parsed:\n  pytz (>=2011k)\n"
    )
    easier = asked("pandas==0.24.2\n").easier(output)
    assert easier is not None
    assert easier.overrides == ("pandas>=0.24.2,<1",)
    assert easier.given_up == (GivenUp("pandas==0.24.2", "pandas>=0.24.2,<1"),)


UNBUILT = "error: Failed to build `psycopg2==2.7.5`\n  cause: The build backend returned an error\n"


@pytest.mark.parametrize(("django", "end"), [("2.2.13", "2.9"), ("3.2.1", "3"), ("", "3")])
def test_at_last_a_release_that_cannot_be_built_gives_way_too(django: str, end: str) -> None:
    pins = (("django", django),) if django else ()
    first = Asked(Dependencies("requirements", ".", ("r.txt",), pins=pins), "psycopg2==2.7.5\n")
    assert first.easier(UNBUILT) is None
    easier = replace(first, later=True).easier(UNBUILT)
    assert easier is not None
    assert easier.overrides == (f"psycopg2>=2.7.5,<{end}",)
    assert easier.easier(UNBUILT) is None
    binary = easier.easier(UNBUILT.replace("psycopg2=", "psycopg2-binary="))
    assert binary is not None


def test_an_archive_of_a_kind_that_is_not_taken_gives_way_to_the_next_years_release() -> None:
    output = "Because twisted==20.3.0 has a non-PEP 625-compliant source distribution filename and"
    easier = asked("Twisted==20.3.0\n").easier(output)
    assert easier is not None
    assert easier.overrides == ("twisted>=20.3.0,<22",)
