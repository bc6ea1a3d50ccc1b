"""Is what listens on a port fit for traffic? Requests through the port, as visitors make them."""

import json
import os
import subprocess
import sys

from nuages_runtime import report
from nuages_runtime.server import readiness

# Seconds for the one request that decides about readiness.
_PATIENCE = 60


def problem_at(host, port, patience=_PATIENCE):
    """What is wrong with the answers to requests through the port, in one line; empty where
    nothing is. `patience` is how many seconds an answer may take."""
    wanted = readiness.visit()
    problem = _ask(host, port, wanted, patience)
    if not problem:
        return ""
    # Seldom: another process has to load the project.
    problems = {wanted: problem}
    for other in readiness.visits(_find_pages):
        if other.path != wanted.path:
            problems[other] = _ask(host, port, other, patience)
    return readiness.sum_up(problems)


def _find_pages():
    """What the URLconf says, asked in a process of its own: this one is without Django."""
    env = {name: text for name, text in os.environ.items() if name != "NUAGES_GATE_FD"}
    argv = [sys.executable, "-m", "nuages_runtime.urls.pages"]
    printed = subprocess.run(argv, env=env, stdout=subprocess.PIPE, timeout=_PATIENCE, check=True)
    return json.loads(printed.stdout.splitlines()[-1].decode())


def _ask(host, port, wanted, patience):
    import http.client

    connection = http.client.HTTPConnection(host, port, timeout=patience)
    try:
        connection.putrequest("GET", wanted.path, skip_host=True, skip_accept_encoding=True)
        for name, value in [*wanted.headers, ("Connection", "close")]:
            connection.putheader(name, value)
        connection.endheaders()
        answer = connection.getresponse()
        return readiness.judge(wanted, answer.status, answer.getheader("Location") or "", "")
    except (OSError, http.client.HTTPException) as error:
        return "GET {}: {}".format(wanted.path, report.last_line(error))
    finally:
        connection.close()
