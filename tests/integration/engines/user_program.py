"""What an ordinary user's platform can do, run by test_as_user under another user's number:
prints one JSON object. `python user_program.py FOLDER`."""

from __future__ import annotations

import json
import os
import signal
import sys
from pathlib import Path

from nuages.core.engine import OneOff
from nuages.core.home import Home
from nuages.core.platform import PlatformSettings
from nuages.engines.local import client
from nuages.engines.local.engine import LocalEngine
from tests.integration.engines.conftest import POLLS, World, kill
from tests.integration.engines.small_app import make_image


def main(folder: Path) -> int:
    """Start an agent, run a release, kill both, and tell what was seen."""
    home = Home(folder / "h")
    home.path.mkdir()
    client.ensure_agent(home)
    world = World(
        home, LocalEngine(home, PlatformSettings(http_port=8000)), make_image(folder / "image")
    )
    found: dict[str, object] = {"agent": client.describe_agent(home)}
    try:
        release = world.live(processes=("web", "worker"), CANARY="x")
        found["look"] = world.look(release)
        found["writes"] = {
            path: world.get(release, f"/write?{path}")
            for path in ("/app/x", "/app/inner/x", "/venv/x", "/data/x", "/data/media/x", "/tmp/x")
        }
        world.get(release, "/count?a:1|c")
        world.wait_metric("a 1")
        found["metrics"] = world.metrics()
        [web] = [one for one in world.engine.instances(POLLS) if one.process == "web"]
        kill(web.pid or 0)
        found["after"] = world.get(release)
        world.kill_agent(signal.SIGKILL)
        found["alone"] = world.get(release)
        client.ensure_agent(home)
        found["adopted"] = [one.id for one in world.engine.instances()]
        printed: list[bytes] = []
        argv = ("/venv/bin/python", "-c", "import os; print(os.getuid())")
        one_off = OneOff(POLLS, world.image, argv, release.env, "run")
        found["code"] = world.engine.run_once(one_off, printed.append)
        found["printed"] = b"".join(printed).decode()
        nested = ("/usr/bin/unshare", "--user", "/usr/bin/true")
        one_off = OneOff(POLLS, world.image, nested, release.env, "run")
        found["nested"] = world.engine.run_once(one_off, printed.append)
        found["uid"] = os.getuid()
    finally:
        client.ensure_agent(home)
        client.shutdown(home, apps=True)
    sys.stdout.write(json.dumps(found))
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
