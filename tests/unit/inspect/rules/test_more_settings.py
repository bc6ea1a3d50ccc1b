"""Hosts, uploads, keys of other services, and packages without a version."""

from __future__ import annotations

import pytest

from nuages.core.finding import EditKind, Severity
from tests.unit.inspect.projects import REQUIREMENTS, SETTINGS, codes, finding, plain

BASE = "from pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent.parent\n" + SETTINGS
KEY = "AKIA" + "Q3EGRIVXJYAB52ZT"


def with_settings(text: str) -> dict[str, str | bytes]:
    return plain({"mysite/settings.py": text})


def test_hosts_that_admit_everybody_are_an_error_when_strict(inspected) -> None:
    said = finding(
        inspected(with_settings(SETTINGS + "ALLOWED_HOSTS = ['*', 'a']\n"), strict=True), "W110"
    )

    assert said.severity is Severity.ERROR
    assert [edit.kind for edit in said.edits] == [EditKind.ASSIGN]


def test_a_star_from_a_variable_is_not_said(inspected) -> None:
    text = SETTINGS + "ALLOWED_HOSTS = os.environ.get('HOSTS', '*').split(',')\n"

    assert "W110" not in codes(inspected(with_settings(text)))


@pytest.mark.parametrize("value", ["BASE_DIR / 'media'", "'media/'", "str(BASE_DIR)"])
def test_uploads_beside_the_code_are_said(inspected, value) -> None:
    said = finding(inspected(with_settings(f"{BASE}MEDIA_ROOT = {value}\n")), "W111")

    assert "{value}" in said.edits[0].text


@pytest.mark.parametrize("value", ["'/data/media/'", "''", "os.environ.get('M', BASE_DIR / 'm')"])
def test_uploads_elsewhere_are_not_said(inspected, value) -> None:
    assert "W111" not in codes(inspected(with_settings(f"{BASE}MEDIA_ROOT = {value}\n")))


def test_a_key_of_another_service_is_said_and_not_shown(inspected) -> None:
    said = finding(inspected(with_settings(f"{SETTINGS}AWS_ACCESS_KEY_ID = '{KEY}'\n")), "W119")

    assert "Amazon" in said.message
    assert KEY not in said.message


@pytest.mark.parametrize("value", ["'AKIAIOSFODNN7EXAMPLE'", "'your-key-here'", f"''  # {KEY}"])
def test_a_placeholder_is_no_key(inspected, value) -> None:
    assert "W119" not in codes(inspected(with_settings(f"{SETTINGS}AWS_ACCESS_KEY_ID = {value}\n")))


def test_packages_without_a_version_are_one_remark(inspected) -> None:
    files = plain({"requirements.txt": REQUIREMENTS + "requests\npillow>=9\n-r more.txt\n",
                   "more.txt": "redis\n"})  # fmt: skip

    said = finding(inspected(files), "W115")

    assert (said.message, said.line) == ("Without a version: requests, redis", 5)


def test_a_constraint_is_a_version_too(inspected) -> None:
    files = plain({"requirements.txt": REQUIREMENTS + "requests\n-c limits.txt\n",
                   "limits.txt": "requests==2.32\n"})  # fmt: skip

    assert "W115" not in codes(inspected(files))
