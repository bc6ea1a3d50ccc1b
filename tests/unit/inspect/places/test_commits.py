"""Whether the code asks git for its commit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from nuages.core.overrides import Overrides
from nuages.inspect.inspection import inspect_project
from tests.unit.inspect.projects import SETTINGS, codes, finding, plain


def with_settings(text: str) -> dict[str, str | bytes]:
    return plain({"mysite/settings.py": SETTINGS + text})


@pytest.mark.parametrize(
    "text",
    [
        "import raven\nRAVEN_CONFIG = {'release': raven.fetch_git_sha(BASE_DIR)}",
        "GIT = subprocess.check_output(['git', 'rev-parse', '--short', 'HEAD'])",
        "GIT = subprocess.run(('git', '-C', BASE_DIR, 'describe', '--always'))",
        "GIT = os.popen('git describe --tags --always').read()",
        "GIT = check_output('git -C /app log -1 --format=%h', shell=True)",
        "import git\nSHA = git.Repo(search_parent_directories=True).head.object.hexsha",
        "from git import Repo\nSHA = Repo(BASE_DIR).head.commit.hexsha",
        "SHA = open(BASE_DIR / '.git/HEAD').read()",
        "SHA = (BASE_DIR / '.git' / 'HEAD').read_text()",
        "from setuptools_scm import get_version",
    ],
)
def test_code_that_asks_is_told_the_commit(take, text) -> None:
    source = replace(take(with_settings(f"{text}\n")), commit="4" * 40)
    inspection = inspect_project(source, Overrides())
    fact = inspection.facts.commit
    assert (fact.value, fact.file) == ("4" * 40, "mysite/settings.py")
    assert "4" * 40 in finding(inspection, "W240").message


def test_where_no_commit_is_known_the_digest_stands_in(inspected) -> None:
    text = "SHA = check_output(['git', 'rev-parse', 'HEAD'])\n"
    first, second = inspected(with_settings(text)), inspected(with_settings(text + text))
    assert len(first.facts.commit.value) == 40
    assert first.facts.commit.value == inspected(with_settings(text)).facts.commit.value
    assert first.facts.commit.value != second.facts.commit.value


@pytest.mark.parametrize(
    "text",
    ["# 'release': raven.fetch_git_sha(BASE_DIR)", "URL = 'https://git.example/shop.git'",
     "SKIPPED = ['.git', '.gitignore']", "LEGIT = ['digit', 'log']"],
)  # fmt: skip
def test_the_rest_asks_nothing(inspected, text) -> None:
    inspection = inspected(with_settings(f"{text}\n"))
    assert inspection.facts.commit.value == ""
    assert "W240" not in codes(inspection)


def test_what_is_run_by_hand_asks_nothing(inspected) -> None:
    asking = "subprocess.run(['git', 'log'])\n"
    files = {"scripts/release.py": asking, "setup.py": asking, "shop/tests/test_a.py": asking}
    assert inspected(plain(files)).facts.commit.value == ""
