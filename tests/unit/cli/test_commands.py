"""What each command asks of the platform, and what it prints of the answer."""

from __future__ import annotations

import io
from typing import Any

import pytest

from tests.unit.cli.conftest import Nuages
from tests.unit.cli.fake_api import FakeApi, Reply, problem

APP = {
    "name": "polls",
    "app": "polls",
    "environment": "live",
    "status": "running",
    "release": 3,
    "url": "http://polls.localhost:8000",
    "domains": ["polls.localhost"],
    "created": "2026-03-01T12:00:00Z",
}


def change(kind: str, **more: object) -> dict[str, Any]:
    return {
        "id": "7",
        "app": "polls",
        "environment": "live",
        "kind": kind,
        "status": "waiting",
        **more,
    }


def ends_well(api: FakeApi, kind: str, **more: object) -> dict[str, Any]:
    """Make the feed of deployment 7 end with success."""
    ended = change(kind, **{"release": 4, "url": APP["url"], **more, "status": "succeeded"})
    lines = [
        {"number": 1, "kind": "step.started", "step": "start"},
        {
            "number": 2,
            "kind": "step.done",
            "step": "start",
            "seconds": 0.5,
            "message": "2 instances",
        },
        {"kind": "end", "deployment": ended},
    ]
    api.on("GET /api/deployments/7/events", Reply(lines=lines))
    return ended


# apps, info, destroy


def test_apps_lists_names_releases_and_addresses(nuages: Nuages, api: FakeApi) -> None:
    api.on("GET /api/apps", [APP])

    heading, line = nuages("apps").out.splitlines()

    assert heading.split() == ["NAME", "STATUS", "RELEASE", "URL"]
    assert line.split() == ["polls", "running", "v3", "http://polls.localhost:8000"]


def test_apps_as_json_is_what_the_platform_says(nuages: Nuages, api: FakeApi) -> None:
    api.on("GET /api/apps", [APP])

    assert nuages("apps", "--json").json == [APP]


def test_no_apps_are_said_on_standard_error_and_an_empty_list(nuages: Nuages, api: FakeApi) -> None:
    api.on("GET /api/apps", [])

    assert nuages("apps").out == ""
    assert nuages("apps", "--json").json == []


def test_info_names_the_environment_as_people_write_it(nuages: Nuages, api: FakeApi) -> None:
    api.on("GET /api/apps/polls@test", {**APP, "name": "polls@test"})

    ended = nuages("info", "polls@test")

    assert "polls@test" in ended.out
    assert "v3" in ended.out
    assert nuages("info", "polls@test", "--json").json["release"] == 3


def test_destroy_wants_the_name_once_more(nuages: Nuages, api: FakeApi) -> None:
    ended = nuages("destroy", "polls")

    assert ended.code == 2
    assert "nuages destroy polls --confirm polls" in ended.err
    assert api.asked == []


def test_destroy_follows_to_the_end(nuages: Nuages, api: FakeApi) -> None:
    api.on("DELETE /api/apps/polls", Reply(change("destroy"), 202))
    ends_well(api, "destroy")

    ended = nuages("destroy", "polls", "--confirm", "polls")

    assert ended.code == 0
    assert ended.out == "polls is gone.\n"
    assert api.asked[0].query == {"confirm": "polls"}


# releases, rollback, migrations

RELEASE = {
    "version": 3,
    "status": "current",
    "created": "2026-03-01T12:00:00Z",
    "reason": "deploy",
    "image": "sha256:0123456789abcdef",
}


def test_releases_are_listed(nuages: Nuages, api: FakeApi) -> None:
    api.on("GET /api/apps/polls/releases", [RELEASE])

    line = nuages("releases", "polls").out.splitlines()[1]

    assert line.startswith("v3")
    assert "0123456789ab" in line
    assert nuages("releases", "polls", "--json").json == [RELEASE]


@pytest.mark.parametrize(
    ("arguments", "body"),
    [
        ([], {"with_config": False}),
        (["v3"], {"with_config": False, "version": 3}),
        (["3", "--with-config"], {"with_config": True, "version": 3}),
    ],
)
def test_rollback_asks_for_a_release(
    nuages: Nuages, api: FakeApi, arguments: list[str], body: dict[str, object]
) -> None:
    api.on("POST /api/apps/polls/rollback", Reply(change("rollback"), 202))
    ends_well(api, "rollback")

    ended = nuages("rollback", "polls", *arguments)

    assert ended.code == 0
    assert ended.out == "polls v4 serves at http://polls.localhost:8000\n"
    assert api.bodies("POST /api/apps/polls/rollback") == [body]


def test_rollback_to_something_that_is_no_release_is_wrong_usage(
    nuages: Nuages, api: FakeApi
) -> None:
    assert nuages("rollback", "polls", "latest").code == 2
    assert api.asked == []


def test_migrations_are_listed_by_release(nuages: Nuages, api: FakeApi) -> None:
    rows = [{"version": 3, "app": "polls", "name": "polls.0001_initial", "created": None}]
    api.on("GET /api/apps/polls/migrations", rows)

    assert "0001_initial" in nuages("migrations", "polls").out
    assert nuages("migrations", "polls", "--json").json == rows


# config, settings


def test_config_lists_names_and_hides_what_is_hidden(nuages: Nuages, api: FakeApi) -> None:
    rows = [
        {"name": "MAIL", "value": "mail.example.org", "hidden": False, "updated": None},
        {"name": "PASSWORD", "value": None, "hidden": True, "updated": None},
    ]
    api.on("GET /api/apps/polls/config", rows)

    ended = nuages("config", "polls")

    assert "mail.example.org" in ended.out
    assert "[hidden]" in ended.out
    assert nuages("config", "polls", "--json").json == rows


def test_config_get_prints_the_value_alone(nuages: Nuages, api: FakeApi) -> None:
    row = {"name": "PASSWORD", "value": "abc", "hidden": True}
    api.on("GET /api/apps/polls/config", [row])

    assert nuages("config", "polls", "get", "PASSWORD").out == "abc\n"
    assert nuages("config", "polls", "get", "PASSWORD", "--json").json == row
    assert api.asked[0].query == {"reveal": "PASSWORD"}


def test_config_get_of_an_unknown_name_is_exit_code_4(nuages: Nuages, api: FakeApi) -> None:
    api.on("GET /api/apps/polls/config", [])

    ended = nuages("config", "polls", "get", "PASSWORD")

    assert ended.code == 4
    assert "nuages config polls" in ended.err


def test_config_set_changes_all_at_once_and_echoes_no_value(nuages: Nuages, api: FakeApi) -> None:
    api.on("PATCH /api/apps/polls/config", Reply(change("config"), 202))
    ends_well(api, "config")

    ended = nuages("config", "polls", "set", "A=canary=1", "B=")

    assert ended.code == 0
    assert api.bodies("PATCH /api/apps/polls/config") == [
        {"set": {"A": "canary=1", "B": ""}, "unset": []}
    ]
    assert "canary" not in ended.out + ended.err
    assert "A, B set" in ended.out


def test_config_set_reads_a_lone_name_s_value_from_standard_input(
    nuages: Nuages, api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    api.on("PATCH /api/apps/polls/config", {"id": None})
    monkeypatch.setattr("sys.stdin", io.StringIO("two\nlines\n"))

    ended = nuages("config", "polls", "set", "KEY")

    assert ended.code == 0
    assert api.bodies("PATCH /api/apps/polls/config")[0]["set"] == {"KEY": "two\nlines"}


def test_two_lone_names_cannot_share_one_standard_input(
    nuages: Nuages, api: FakeApi, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("sys.stdin", io.StringIO("value"))

    assert nuages("config", "polls", "set", "A", "B").code == 2
    assert api.asked == []


def test_config_says_why_nothing_has_to_run(nuages: Nuages, api: FakeApi) -> None:
    api.on("PATCH /api/apps/polls/config", {"id": None, "reason": "unchanged"})
    assert "Nothing changes" in nuages("config", "polls", "set", "A=1").out
    api.on("PATCH /api/apps/polls/config", {"id": None, "reason": "no release"})
    assert "from the first release on" in nuages("config", "polls", "set", "A=1").out


def test_a_plain_config_var_is_asked_for_as_such(nuages: Nuages, api: FakeApi) -> None:
    api.on("PATCH /api/apps/polls/config", {"id": None, "reason": "no release"})
    assert nuages("config", "polls", "set", "--plain", "THEME=dark").code == 0
    [body] = api.bodies("PATCH /api/apps/polls/config")
    assert body["hidden"] is False
    assert nuages("config", "polls", "unset", "--plain", "THEME").code == 2


def test_config_unset_names_what_goes(nuages: Nuages, api: FakeApi) -> None:
    api.on("PATCH /api/apps/polls/config", {"id": None})

    assert nuages("config", "polls", "unset", "A", "B").code == 0
    assert api.bodies("PATCH /api/apps/polls/config") == [{"set": {}, "unset": ["A", "B"]}]


@pytest.mark.parametrize(
    "words", [["get"], ["get", "A", "B"], ["set"], ["unset"], ["sett", "A=1"], ["set", "1A=2"]]
)
def test_config_with_another_grammar_is_wrong_usage(
    nuages: Nuages, api: FakeApi, words: list[str]
) -> None:
    ended = nuages("config", "polls", *words)

    assert ended.code == 2
    assert "nuages config" in ended.err
    assert api.asked == []


def test_a_value_written_in_a_wrong_command_is_not_echoed(nuages: Nuages, api: FakeApi) -> None:
    ended = nuages("config", "polls", "sett", "A=canary")

    assert "canary" not in ended.err


def test_settings_explains_each_change(nuages: Nuages, api: FakeApi) -> None:
    rows = [
        {"setting": "DEBUG", "project": "True", "used": "False", "why": "It is live", "keep": "K"}
    ]
    api.on("GET /api/apps/polls/settings", rows)

    ended = nuages("settings", "polls")

    for word in ("DEBUG", "True", "False", "It is live", "K"):
        assert word in ended.out
    assert nuages("settings", "polls", "--json").json == rows


# logs, events

LINE = {"time": 0, "process": "web", "instance": 1, "line": "hello"}


def test_logs_prefixes_each_line_by_time_and_instance(nuages: Nuages, api: FakeApi) -> None:
    api.on("GET /api/apps/polls/logs", Reply(lines=[LINE]))

    ended = nuages("logs", "polls", "-n", "5", "--process", "web")

    assert ended.out.endswith(" web.1 | hello\n")
    assert api.asked[0].query == {"n": "5", "process": "web"}


def test_a_line_that_has_no_time_begins_with_its_process(nuages: Nuages, api: FakeApi) -> None:
    line = {**LINE, "time": None, "process": "release", "instance": 0}
    api.on("GET /api/apps/polls/logs", Reply(lines=[line]))

    assert nuages("logs", "polls").out == "release | hello\n"


def test_logs_as_json_is_a_list_and_one_document_a_line_when_followed(
    nuages: Nuages, api: FakeApi
) -> None:
    api.on("GET /api/apps/polls/logs", Reply(lines=[LINE, LINE]))

    assert nuages("logs", "polls", "--json").json == [LINE, LINE]
    assert len(nuages("logs", "polls", "--json", "-f").out.splitlines()) == 2
    assert api.asked[1].query["follow"] == "1"


def test_control_characters_in_a_log_line_reach_no_terminal(nuages: Nuages, api: FakeApi) -> None:
    api.on("GET /api/apps/polls/logs", Reply(lines=[{**LINE, "line": "a\x1b]0;owned\x07b"}]))

    assert "\x1b" not in nuages("logs", "polls").out


def test_events_are_listed_with_their_durations(nuages: Nuages, api: FakeApi) -> None:
    rows = [
        {"created": None, "kind": "step.done", "step": "build", "seconds": 1.5, "message": "made"}
    ]
    api.on("GET /api/apps/polls/events", rows)

    assert "1.50" in nuages("events", "polls", "-n", "3").out
    assert nuages("events", "polls", "--json").json == rows
    assert api.asked[0].query == {"n": "3"}


# ps, scale, restart

INSTANCE = {
    "id": "web.1",
    "process": "web",
    "release": 3,
    "status": "ready",
    "created": None,
    "restarts": 0,
    "memory": 50 * 1024 * 1024,
}


def test_ps_lists_instances(nuages: Nuages, api: FakeApi) -> None:
    api.on("GET /api/apps/polls/ps", [INSTANCE])

    assert nuages("ps", "polls").out.splitlines()[1].split() == [
        "web.1", "web", "v3", "ready", "-", "0", "50", "MB",
    ]  # fmt: skip
    assert nuages("ps", "polls", "--json").json == [INSTANCE]


def test_metrics_are_shown_as_they_are(nuages: Nuages, api: FakeApi) -> None:
    text = "# TYPE django_requests counter\ndjango_requests 3\n"
    api.on("GET /api/apps/polls/metrics", Reply(raw=text.encode()))

    assert nuages("metrics", "polls").out == text
    assert nuages("metrics", "polls", "--json").json == {"metrics": text}


def test_scale_sends_all_counts(nuages: Nuages, api: FakeApi) -> None:
    api.on("PATCH /api/apps/polls/scale", Reply(change("scale"), 202))
    ends_well(api, "scale")

    ended = nuages("scale", "polls", "web=2", "worker=1")

    assert ended.code == 0
    assert api.bodies("PATCH /api/apps/polls/scale") == [{"web": 2, "worker": 1}]


@pytest.mark.parametrize("word", ["web", "web=", "web=-1", "web=two", "=2"])
def test_scale_with_something_else_than_a_number_is_wrong_usage(
    nuages: Nuages, api: FakeApi, word: str
) -> None:
    assert nuages("scale", "polls", word).code == 2
    assert api.asked == []


def test_restart_follows_to_the_end(nuages: Nuages, api: FakeApi) -> None:
    api.on("POST /api/apps/polls/restart", Reply(change("restart"), 202))
    ended = ends_well(api, "restart")

    assert nuages("restart", "polls", "--json").json == ended


# domains


def test_domains_are_listed(nuages: Nuages, api: FakeApi) -> None:
    rows = [{"name": "polls.localhost", "status": "active", "url": "http://polls.localhost:8000"}]
    api.on("GET /api/apps/polls/domains", rows)

    assert "polls.localhost" in nuages("domains", "polls").out
    assert nuages("domains", "polls", "--json").json == rows


def test_a_domain_is_added_and_removed(nuages: Nuages, api: FakeApi) -> None:
    api.on("POST /api/apps/polls/domains", Reply(change("domains"), 202))
    api.on("DELETE /api/apps/polls/domains/polls.example.org", Reply(change("domains"), 202))
    ends_well(api, "domains")

    assert nuages("domains", "polls", "add", "polls.example.org").code == 0
    assert nuages("domains", "polls", "remove", "polls.example.org").code == 0
    assert api.bodies("POST /api/apps/polls/domains") == [{"domain": "polls.example.org"}]


@pytest.mark.parametrize("words", [["add"], ["remove"], ["show", "polls.example.org"]])
def test_domains_with_another_grammar_is_wrong_usage(
    nuages: Nuages, api: FakeApi, words: list[str]
) -> None:
    assert nuages("domains", "polls", *words).code == 2
    assert api.asked == []


# changes that do not end well


def test_a_change_that_a_newer_one_replaced_is_exit_code_4(nuages: Nuages, api: FakeApi) -> None:
    api.on("POST /api/apps/polls/restart", Reply(change("restart"), 202))
    replaced = change("restart", error=None) | {"status": "replaced"}
    api.on("GET /api/deployments/7/events", Reply(lines=[{"kind": "end", "deployment": replaced}]))

    assert nuages("restart", "polls").code == 4


def test_an_unknown_app_is_exit_code_4(nuages: Nuages, api: FakeApi) -> None:
    api.on("GET /api/apps/pols", problem(404, "control.E001", "There is no app 'pols'", 4))

    ended = nuages("info", "pols")

    assert ended.code == 4
    assert "Error: There is no app 'pols'" in ended.err


def test_a_config_var_without_its_verb_is_not_echoed(nuages: Nuages, api: FakeApi) -> None:
    ended = nuages("config", "polls", "SECRET=abc123", "OTHER=xyz789")

    assert ended.code == 2
    assert "abc123" not in ended.err + ended.out
    assert "xyz789" not in ended.err + ended.out
    assert "Write: nuages config polls set SECRET=..." in ended.err
