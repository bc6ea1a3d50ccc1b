"""The errors that the agent answers with."""

from __future__ import annotations

from nuages.core.errors import EXIT_CONFLICT, EXIT_USAGE, ErrorCode

BAD_REQUEST = ErrorCode(
    "agent.E001",
    "The agent does not understand a request",
    "Stop the platform with `nuages down --apps` and start it with `nuages up`.",
    "The agent and the program that asks it are of different versions.",
    exit_code=EXIT_USAGE,
)
UNKNOWN_RELEASE = ErrorCode(
    "agent.E002",
    "A release is not running on this host",
    "Deploy it again.",
    exit_code=EXIT_CONFLICT,
)
STOPPING = ErrorCode(
    "agent.E003",
    "A release or the platform is being stopped",
    "Try again in half a minute.",
    exit_code=EXIT_CONFLICT,
    retryable=True,
)
NO_INTERNAL_NETWORK = ErrorCode(
    "agent.E004",
    "There is no internal network to listen on",
    "`nuages status` says why; without it, internal names do not lead anywhere.",
)
