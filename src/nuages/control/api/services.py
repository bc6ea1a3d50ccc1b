"""What the agent says of itself and of the services that it keeps running."""

from __future__ import annotations

from nuages.core.home import Home


def read_services(home: Home) -> dict[str, int | None]:
    """Name and pid of the agent and of each service (None: it does not run).

    Raises NuagesError where no agent answers.
    """
    from nuages.engines.local.client import services  # noqa: PLC0415

    return services(home)
