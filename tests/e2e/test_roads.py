"""Whole roads: each example deployed by the command line to a real platform, and visited."""

from __future__ import annotations

import re
import shutil
import threading
from pathlib import Path

import pytest

from tools.answers import Visitor, check_site, expect, read_expected
from tools.demo import examples
from tools.own_platform import Platform

EXAMPLES = {path.name: path for path in examples()}


@pytest.fixture(scope="module")
def deployed(platform: Platform) -> dict[str, str]:
    """The address of each example that a test asked for, deployed once."""
    return {}


def address_of(name: str, platform: Platform, deployed: dict[str, str]) -> str:
    if name not in deployed:
        deployed[name] = platform.read("deploy", str(EXAMPLES[name]), "--app", name)["url"]
    return deployed[name]


@pytest.fixture
def polls(platform: Platform, deployed: dict[str, str]) -> Visitor:
    """A visitor of the polls site."""
    return Visitor(address_of("polls", platform, deployed))


@pytest.mark.parametrize("name", sorted(EXAMPLES))
def test_an_example_answers_as_its_test_json_says(
    name: str, platform: Platform, deployed: dict[str, str]
) -> None:
    check_site(read_expected(EXAMPLES[name]), address_of(name, platform, deployed))


def test_the_admin_of_an_unprepared_project_is_styled(polls: Visitor) -> None:
    login = polls.ask("/admin/login/?next=/admin/")
    sheet = re.search(r'<link rel="stylesheet" href="([^"]+)"', login.text)
    assert sheet, login.text[:400]

    styles = polls.ask(sheet[1])

    assert styles.status == 200
    assert styles.headers["content-type"].startswith("text/css")
    assert "--primary" in styles.text


def test_a_missing_page_shows_no_debug_page(polls: Visitor) -> None:
    missing = polls.ask("/nothing-is-here/")

    assert missing.status == 404
    assert "DEBUG" not in missing.text
    assert "URLconf" not in missing.text


@pytest.mark.parametrize("name", ["polls", "chat"])
def test_requests_are_measured(name: str, platform: Platform, deployed: dict[str, str]) -> None:
    visitor = Visitor(address_of(name, platform, deployed))
    for _ in range(3):
        visitor.ask("/nothing-is-here-either/")

    # gunicorn sends what it measured after the answer.
    pause = threading.Event()
    for _ in range(100):
        text = platform.read("metrics", name)["metrics"]
        found = re.search(r'^django_response_code{status="404"} (\d+)$', text, re.MULTILINE)
        if found and int(found[1]) >= 3:
            break
        pause.wait(0.1)
    else:
        raise AssertionError(text)


def test_the_login_form_is_accepted(platform: Platform, polls: Visitor) -> None:
    make_account(platform, "polls", "grace", "a-long-passphrase")

    answer = polls.submit("/admin/login/", {"username": "grace", "password": "a-long-passphrase"})

    assert answer.status == 302, answer.text[:400]
    assert "sessionid" in polls.cookies


def test_a_form_from_another_site_is_refused(polls: Visitor) -> None:
    login = polls.ask("/admin/login/")
    token = re.search(r'name="csrfmiddlewaretoken" value="([^"]+)"', login.text)
    assert token

    answer = polls.ask(
        "/admin/login/",
        "POST",
        f"csrfmiddlewaretoken={token[1]}&username=a&password=b".encode(),
        {"Content-Type": "application/x-www-form-urlencoded", "Origin": "http://elsewhere.example"},
    )

    assert answer.status == 403


@pytest.fixture
def own_polls(tmp_path: Path) -> Path:
    """A copy of the polls project, to change."""
    return Path(shutil.copytree(EXAMPLES["polls"], tmp_path / "polls"))


def test_a_redeployment_keeps_data_and_a_rollback_brings_the_old_page(
    platform: Platform, own_polls: Path
) -> None:
    visitor = Visitor(platform.read("deploy", str(own_polls), "--app", "kept")["url"])
    ask_in_shell(
        platform,
        "kept",
        "from polls.models import Question; from django.utils import timezone; "
        "Question.objects.create(question_text='Kept?', pub_date=timezone.now())",
    )
    page = own_polls / "polls/templates/polls/index.html"
    page.write_text(page.read_text() + "<p>second release</p>\n")

    platform.run("deploy", str(own_polls), "--app", "kept")
    second = visitor.ask("/polls/").text
    platform.run("rollback", "kept")
    first_again = visitor.ask("/polls/").text

    assert "Kept?" in second
    assert "second release" in second
    assert "Kept?" in first_again
    assert "second release" not in first_again


def test_another_folder_is_not_deployed_over_an_app_by_accident(
    platform: Platform, polls: Visitor, own_polls: Path
) -> None:
    refused = platform.run("deploy", str(own_polls), code=4)

    assert "Fix:" in refused.stderr
    expect(polls, {"path": "/polls/", "text": "No polls are available."})


def test_a_packed_project_deploys(platform: Platform, own_polls: Path, tmp_path: Path) -> None:
    packed = tmp_path / "packed.zip"
    platform.run("pack", str(own_polls), "-o", str(packed))

    address = platform.read("deploy", str(packed), "--app", "packed")["url"]

    check_site(read_expected(EXAMPLES["polls"]), address)


def make_account(platform: Platform, app: str, name: str, password: str) -> None:
    ask_in_shell(
        platform,
        app,
        "from django.contrib.auth.models import User; "
        f"User.objects.filter(username={name!r}).delete(); "
        f"User.objects.create_superuser({name!r}, 'a@b.example', {password!r})",
    )


def ask_in_shell(platform: Platform, app: str, code: str) -> str:
    """Run Python in a one-off instance of the app; what it printed."""
    done = platform.run("run", app, "--", "python", "manage.py", "shell", "-c", code)
    return done.stdout
