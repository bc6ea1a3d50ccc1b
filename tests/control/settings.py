"""Settings of the control plane for its tests: a home of their own, and fakes below it."""

import atexit
import os
import shutil
import tempfile

if "NUAGES_HOME" not in os.environ:
    _home = tempfile.mkdtemp(prefix="nuages-control-")
    atexit.register(shutil.rmtree, _home, ignore_errors=True)
    os.environ["NUAGES_HOME"] = _home

from nuages.control.keys import ensure_key
from nuages.control.settings import *  # noqa: F403
from nuages.control.settings import DATABASES, NUAGES_HOME

if not NUAGES_HOME.key.exists():
    ensure_key(NUAGES_HOME.key, NUAGES_HOME.database)
NUAGES_HOME.uploads.mkdir(exist_ok=True)

NUAGES_ENGINE = "tests.control.fakes:make_engine"
NUAGES_PARTS = "tests.control.fakes:make_parts"
NUAGES_FLOWS = "tests.control.fakes:FakeFlows"
NUAGES_SUPERVISOR = "tests.control.fakes:NoWatch"
NUAGES_SERVICES = "tests.control.fakes:services"
# A file, so that the threads of a worker can have connections of their own.
DATABASES["default"]["TEST"] = {"NAME": str(NUAGES_HOME.path / "test.sqlite3")}
