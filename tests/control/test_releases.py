"""Routes about releases: rollback, migrations, settings; what a release may not do: change."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from nuages.control.state.models import Release
from nuages.control.state.queries import KEEP, ImagesInUse, load_state
from nuages.control.state.sealed import unpack_secrets
from nuages.core.secret import Secret
from tests.control.conftest import add_release

pytestmark = pytest.mark.django_db
JSON = "application/json"


def rollback(owner, **body):
    """Ask for a rollback of polls."""
    return owner.post("/api/apps/polls/rollback", body, JSON)


def test_releases_are_listed_newest_first_with_the_names_of_their_config_vars(
    owner, make_environment, django_assert_max_num_queries
):
    make_environment("polls", 3, TOKEN="canary-value")
    with django_assert_max_num_queries(4):
        answer = owner.get("/api/apps/polls/releases")
    rows = answer.json()
    assert [(row["version"], row["status"]) for row in rows] == [
        (3, "current"),
        (2, "former"),
        (1, "former"),
    ]
    assert rows[0]["config"] == ["TOKEN"]
    assert "canary-value" not in answer.content.decode()


def test_a_release_that_never_had_traffic_is_listed_as_failed(owner, make_environment):
    environment = make_environment("polls", 1)
    image = environment.current.image
    Release.objects.create(
        environment=environment, version=2, image=image, config=Secret("{}"), reason="deploy"
    )
    rows = owner.get("/api/apps/polls/releases").json()
    assert rows[0]["status"] == "failed"


def test_a_rollback_goes_to_the_release_before(
    owner, transactional_db, make_environment, work, flows
):
    environment = make_environment("polls", 2, TOKEN="today")
    answer = rollback(owner)
    assert answer.status_code == 202
    [done] = work()
    assert done.version == 3
    assert "rollback polls v1" in flows.calls
    environment.refresh_from_db()
    assert environment.current.image.digest == "sha256:polls1"
    assert environment.current.reason == "rollback to v1"


def test_a_rollback_without_a_version_goes_to_other_code(owner, make_environment):
    environment = make_environment("polls", 2)
    configured = Release.objects.create(
        environment=environment,
        version=3,
        image=environment.current.image,
        config=Secret("{}"),
        reason="config",
        switched=timezone.now(),
    )
    environment.current = configured
    environment.save()
    for with_config, version in ((False, 1), (True, 2)):
        rollback(owner, with_config=with_config)
        assert environment.deployments.last().request["version"] == version


def test_a_rollback_goes_to_the_release_before_where_all_have_the_same_code(
    owner, make_environment
):
    environment = make_environment("polls", 2)
    environment.releases.update(image=environment.current.image)
    rollback(owner)
    assert environment.deployments.get().request["version"] == 1


def test_a_rollback_takes_todays_config_unless_told_otherwise(
    owner, transactional_db, make_environment, work
):
    environment = make_environment("polls", 1, TOKEN="then", GONE="x")
    environment.config.filter(name="GONE").delete()
    environment.config.filter(name="TOKEN").delete()
    environment.config.create(name="TOKEN", value=Secret("today"))
    add_release(environment, 2, {"TOKEN": "today"})
    rollback(owner, version=1)
    [done] = work()
    assert done.status == "succeeded"
    environment.refresh_from_db()
    assert unpack_secrets(environment.current.config) == {"TOKEN": Secret("today")}
    rollback(owner, version=1, with_config=True)
    work()
    assert load_state(environment).config == {"TOKEN": Secret("then"), "GONE": Secret("x")}


def test_a_rollback_takes_the_values_of_then_out_of_what_it_says(
    owner, transactional_db, make_environment, work, flows
):
    environment = make_environment("polls", 1, TOKEN="value-of-then")
    environment.config.all().delete()
    add_release(environment, 2, {})
    flows.plan(fail_at="release", error="boom value-of-then")
    rollback(owner, version=1, with_config=True)
    [done] = work()
    assert done.error["detail"] == "boom [redacted]"


def test_a_rollback_passes_over_a_release_that_never_had_traffic(owner, make_environment):
    environment = make_environment("polls", 1)
    image = environment.current.image
    Release.objects.create(
        environment=environment, version=2, image=image, config=Secret("{}"), reason="deploy"
    )
    add_release(environment, 3, {})
    rollback(owner)
    assert environment.deployments.get().request["version"] == 1


@pytest.mark.parametrize(
    ("body", "code"),
    [({"version": 9}, "control.E013"), ({"version": 1}, "control.E014"), ({}, "control.E013")],
)
def test_a_rollback_to_nowhere_is_refused(owner, make_environment, body, code):
    make_environment("polls", 1)
    problem = rollback(owner, **body).json()
    assert (problem["code"], problem["exit_code"]) == (code, 4)


def test_an_app_that_never_ran_has_nothing_to_go_back_to_or_to_show(owner, make_environment):
    make_environment("polls")
    assert rollback(owner).json()["code"] == "control.E016"
    assert owner.get("/api/apps/polls/settings").json()["code"] == "control.E016"
    assert owner.get("/api/apps/polls/releases").json() == []


def test_migrations_and_changed_settings_of_a_release_are_shown(
    owner, transactional_db, make_environment, work
):
    make_environment("polls", 1)
    rollback(owner, version=1, with_config=True)
    work()
    [migration] = owner.get("/api/apps/polls/migrations").json()
    assert (migration["version"], migration["name"]) == (2, "polls.0001_initial")
    [change] = owner.get("/api/apps/polls/settings").json()
    assert (change["setting"], change["used"]) == ("DEBUG", "False")
    assert (change["name"], change["app"], change["environment"]) == ("DEBUG", "polls", "live")


def test_images_are_listed_with_their_releases(
    owner, make_environment, django_assert_max_num_queries
):
    make_environment("polls", 2)
    with django_assert_max_num_queries(6):
        rows = owner.get("/api/images").json()
    assert [row["id"] for row in rows] == ["sha256:polls2", "sha256:polls1"]
    assert rows[1]["releases"] == [{"version": 1, "app": "polls", "environment": "live"}]


def test_a_release_cannot_be_changed(make_environment):
    release = make_environment("polls", 1).current
    release.reason = "something else"
    with pytest.raises(TypeError):
        release.save()
    with pytest.raises(TypeError):
        release.save(update_fields=["reason"])


def test_a_version_is_given_once(make_environment):
    environment = make_environment("polls", 1)
    with pytest.raises(IntegrityError), transaction.atomic():
        add_release(environment, 1, {})


def test_versions_go_on_after_a_failed_release(make_environment):
    environment = make_environment("polls", 2)
    assert load_state(environment).next_version == 3
    add_release(environment, 7, {})
    assert load_state(environment).next_version == 8


def test_old_releases_are_forgotten_and_their_images_with_them(
    owner, transactional_db, make_environment, work
):
    environment = make_environment("polls", KEEP + 3)
    rollback(owner, version=KEEP + 2)
    work()
    versions = list(environment.releases.values_list("version", flat=True))
    assert versions == list(range(KEEP + 4, 3, -1))
    assert set(ImagesInUse()) == {f"sha256:polls{number}" for number in range(4, KEEP + 4)}
    assert "sha256:polls3" not in ImagesInUse()
