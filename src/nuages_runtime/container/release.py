"""What is done once for a new version, before it has traffic: checks, migrations, and the release
commands of the project's own."""

import json
import os
import sys
import tempfile

from nuages_runtime.container.supervise import FAILED, supervise
from nuages_runtime.given.commands import argument_vector, is_own_collectstatic, is_own_migrate
from nuages_runtime.report import SOURCE

_ABOVE = "nuages: see above; nothing after it was run\n"


def run_release(image):
    """Do it, each command in a process of its own; 0, or the exit code of the first that fails."""
    try:
        commands = [argument_vector(text, os.environ) for text in image.release_commands]
    except ValueError as error:
        sys.stderr.write("nuages: release command: {}\n".format(error))
        return FAILED
    os.environ["NUAGES_TASKS"] = json.dumps({"migrate": True, "check": True})
    with tempfile.TemporaryDirectory(prefix="nuages") as exchange:
        runner = (sys.executable, "-m", "nuages_runtime.release", SOURCE, exchange)
        code = supervise(runner, may_be_ended=False)
        if code:
            _explain(os.path.join(exchange, "report.json"), code)
            return code
    del os.environ["NUAGES_TASKS"]
    for argv in commands:
        if is_own_migrate(argv) or is_own_collectstatic(argv):
            # Done by now.
            continue
        sys.stdout.write("nuages: {}\n".format(" ".join(argv)))
        sys.stdout.flush()
        code = supervise(argv, may_be_ended=False)
        if code:
            text = "nuages: the release command '{}' ended with exit code {}; " + _ABOVE[8:]
            sys.stderr.write(text.format(" ".join(argv), code))
            return code
    return 0


def _explain(path, code):
    """The runner's report in a line: what it printed has the rest."""
    try:
        with open(path) as stream:
            error = json.load(stream)["error"]
        what = "{step}: {type}: {message}".format(**error)
    except (OSError, ValueError, KeyError, TypeError):
        what = "exit code {}".format(code)
    sys.stderr.write("nuages: the release failed: {}\n{}".format(what, _ABOVE))
