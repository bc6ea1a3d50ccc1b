"""The errors of the local engine."""

from __future__ import annotations

from nuages.core.errors import EXIT_CONFLICT, EXIT_UNREACHABLE, ErrorCode

NO_AGENT = ErrorCode(
    "engines.E001",
    "The agent of this platform does not answer",
    "Start the platform with `nuages up`.",
    "The agent is the small process that holds sockets and keeps apps running.",
    exit_code=EXIT_UNREACHABLE,
    retryable=True,
)
AGENT_FAILED = ErrorCode(
    "engines.E002",
    "The agent could not be started",
    "Look at the last lines of HOME/logs/platform/agent.log.",
    exit_code=EXIT_UNREACHABLE,
)
INSTANCE_FAILED = ErrorCode(
    "engines.E003",
    "A new instance did not become ready",
    "Read the lines above: they are the last ones that it printed. Correct the project and "
    "deploy again.",
    "The old release serves on, untouched. An instance is ready when its code has loaded, its "
    "database answers and one request to the health path has succeeded inside it.",
)
# In place of the hint above where there are no lines.
NOTHING_PRINTED = (
    "Correct the project and deploy again. The page that is asked can be another one, in "
    'deploy.toml: [health] path = "/"'
)
TOO_SLOW = ErrorCode(
    "engines.E004",
    "A new instance took too long to become ready",
    "Mend what holds it up, or give it longer in deploy.toml: [health] timeout = 120",
    "The old release serves on, untouched.",
)
UNHEALTHY = ErrorCode(
    "engines.E005",
    "The new release does not answer well",
    "See the answer above; choose another page with [health] path in deploy.toml.",
    "Before the switch the new release is asked as the proxy would ask it: for the path of "
    "[health], else for a health check that the URLconf has, for `/`, or for the first pages. "
    "Any answer is good but 400, 5xx and a redirect to itself.",
)
OTHER_AGENT = ErrorCode(
    "engines.E007",
    "The agent is of another version of Nuages and does not end",
    "Stop the platform with `nuages down --apps` and start it with `nuages up`.",
    "After an upgrade the old agent is told to end, and the new one takes over the apps.",
    exit_code=EXIT_CONFLICT,
)
NO_METRICS = ErrorCode(
    "engines.E008",
    "There are no metrics of this app",
    "Look whether it runs, with `nuages ps APP`; if it does, deploy it once more.",
    "Metrics are received beside the instances of an app. There are none where the platform runs "
    "without a sandbox, and for images that were built before Nuages received metrics.",
    exit_code=EXIT_CONFLICT,
)
NO_USER_LEFT = ErrorCode(
    "engines.E006",
    "No user number is left for another environment",
    "Remove environments that are not needed with `nuages destroy`.",
)
