"""Is this container's web process well? Asked by its engine, as a HEALTHCHECK."""

import os
import sys

from nuages_runtime.container.place import BIND
from nuages_runtime.server.asking import problem_at

# Seconds; engines give a check 30 by themselves.
_PATIENCE = 25


def check_health():
    """Ask the own port as a visitor would; 0 where the answer is one that a site gives, else 1."""
    host = os.environ.get(BIND, "")
    host = "127.0.0.1" if host in ("", "0.0.0.0", "::") else host  # noqa: S104 - what is compared
    problem = problem_at(host, int(os.environ["PORT"]), _PATIENCE)
    sys.stdout.write("{}\n".format(problem or "healthy"))
    return 1 if problem else 0
