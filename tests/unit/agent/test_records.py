"""What an agent of another version, or a full disk, left of the records."""

from __future__ import annotations

import json
import os
import select
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nuages.agent.records import InstanceRecord, Records, ServiceRecord, has_orphans
from nuages.core.home import Home
from nuages.core.process import Kind
from nuages.core.service import ServiceSpec
from nuages.system.processes import Identity, start_time

SPEC = ServiceSpec("proxy", ("x",), (), Path("/h/logs/proxy.log"))


@pytest.fixture
def sleeper() -> Iterator[Identity]:
    process = subprocess.Popen(["sleep", "60"])
    yield Identity(process.pid, start_time(process.pid))
    process.kill()
    process.wait()


def record(who: Identity) -> InstanceRecord:
    return InstanceRecord(
        "polls.v3.web.1", "polls.v3", "polls", 3, "web", Kind.WEB, 1, who, None, 5.0, "ready", 0,
        "/h/logs/web.1.log", 7, inode=12,
    )  # fmt: skip


def rewrite(path: Path, **changes: Any) -> None:
    path.write_text(json.dumps({**json.loads(path.read_text()), **changes}))


def test_a_record_is_read_as_it_was_written(tmp_path: Path, sleeper: Identity) -> None:
    records = Records(Home(tmp_path))
    records.save_instance(record(sleeper))
    assert records.instances() == [record(sleeper)]


def test_what_a_record_has_besides_is_passed_over(tmp_path: Path, sleeper: Identity) -> None:
    records = Records(Home(tmp_path))
    records.save_instance(record(sleeper))
    [path] = (tmp_path / "agent" / "instances").iterdir()
    rewrite(path, colour="blue")
    assert records.instances() == [record(sleeper)]


@pytest.mark.parametrize("changes", [{"kind": "cron"}, {"key": "polls"}, {"key": 7}])
def test_a_record_that_is_not_understood_still_names_its_process(
    tmp_path: Path, sleeper: Identity, changes: dict[str, Any]
) -> None:
    records = Records(Home(tmp_path))
    records.save_instance(record(sleeper))
    [path] = (tmp_path / "agent" / "instances").iterdir()
    rewrite(path, **changes)
    [found] = records.instances()
    assert (found.id, found.key, found.outer) == ("polls.v3.web.1", "", sleeper)


def test_looking_for_orphans_changes_nothing(tmp_path: Path, sleeper: Identity) -> None:
    home = Home(tmp_path / "h")
    assert has_orphans(home) is False
    assert not home.path.exists()
    Records(home).save_instance(record(sleeper))
    [path] = (home.agent / "instances").iterdir()
    assert has_orphans(home) is True
    rewrite(path, boot="another")
    assert has_orphans(home) is False
    assert path.exists()


def test_a_service_that_is_not_understood_is_ended(tmp_path: Path, sleeper: Identity) -> None:
    records = Records(Home(tmp_path))
    records.save_services([ServiceRecord(SPEC, sleeper, None, 5.0)])
    path = tmp_path / "agent" / "services.json"
    [row] = json.loads(path.read_text())["services"]
    rewrite(path, services=[{**row, "spec": {"name": "proxy"}}])
    assert has_orphans(Home(tmp_path)) is True
    process = os.pidfd_open(sleeper.pid)
    assert records.services() == []
    assert select.select([process], [], [], 10)[0]
    os.close(process)


def test_a_disk_that_takes_nothing_is_survived(
    tmp_path: Path, sleeper: Identity, capsys: pytest.CaptureFixture[str]
) -> None:
    records = Records(Home(tmp_path))
    (tmp_path / "agent" / "instances").rmdir()
    (tmp_path / "agent").rmdir()
    (tmp_path / "agent").write_text("in the way")
    records.save_services([ServiceRecord(SPEC)])
    records.save_instance(record(sleeper))
    records.forget_instance("polls.v3.web.1")
    assert capsys.readouterr().err.count("is not") == 3
