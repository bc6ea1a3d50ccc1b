"""A machine that can make no sandbox, and somebody who goes on without one."""

from __future__ import annotations

from pathlib import Path
from shutil import copytree

from tools.answers import Visitor
from tools.own_platform import Platform

POLLS = Path(__file__).resolve().parents[2] / "examples" / "polls"


def test_an_app_is_deployed_changed_and_rolled_back_without_a_sandbox(short_tmp: Path) -> None:
    project = copytree(POLLS, short_tmp / "polls")
    platform = Platform.prepare(short_tmp / "home")
    try:
        platform.run(
            "up", "--detach", "--http-port", str(platform.port), "--unsafe-no-sandbox", seconds=120
        )
        visitor = Visitor(platform.read("deploy", str(project))["url"])
        assert visitor.ask("/polls/").status == 200
        assert visitor.ask("/static/admin/css/base.css").status == 200

        (project / "polls" / "templates" / "polls" / "index.html").write_text("changed")
        platform.run("deploy", str(project))
        assert visitor.ask("/polls/").text == "changed"
        platform.run("rollback", "polls")
        assert visitor.ask("/polls/").text != "changed"
        assert platform.run("run", "polls", "--", "python", "-c", "print(6 * 7)").stdout == "42\n"
    finally:
        left = platform.stop()
        platform.remove()
    assert not left, "; ".join(left)
