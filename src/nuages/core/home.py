"""The state directory: where each thing lies below it. Pure paths; nothing is created here."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

# sizeof(sun_path) less the closing NUL: unix(7).
SOCKET_PATH_MAX = 107


@dataclass(frozen=True, slots=True)
class Home:
    """`NUAGES_HOME`: everything that the platform keeps is below it.

    `proxy` is the only part that the proxy sees: sockets, static files and served uploads.
    """

    path: Path

    @property
    def settings(self) -> Path:
        """How the platform was started (ports, address), for its next start."""
        return self.path / "platform.json"

    @property
    def key(self) -> Path:
        """The key that encrypts config vars at rest."""
        return self.path / "key"

    @property
    def database(self) -> Path:
        """The control plane's own SQLite database."""
        return self.path / "state.sqlite3"

    @property
    def run(self) -> Path:
        """Sockets and locks; empty after a reboot is fine."""
        return self.path / "run"

    @property
    def agent_socket(self) -> Path:
        return self.run / "agent.sock"

    @property
    def control_socket(self) -> Path:
        return self.run / "control.sock"

    def metrics_socket(self, label: str) -> Path:
        """Where an environment's metrics are asked for, by HTTP."""
        return self.run / "metrics" / f"{label}.sock"

    @property
    def agent(self) -> Path:
        """What the agent remembers of instances: pid, start time, boot id; never a config var."""
        return self.path / "agent"

    @property
    def logs(self) -> Path:
        """`platform/` for the platform's own, and one folder an environment label."""
        return self.path / "logs"

    @property
    def uploads(self) -> Path:
        """Archives on their way in."""
        return self.path / "uploads"

    @property
    def sources(self) -> Path:
        """Clean trees, by digest."""
        return self.path / "sources"

    @property
    def images(self) -> Path:
        """Images, by digest."""
        return self.path / "images"

    @property
    def images_lock(self) -> Path:
        """Held while images are made and removed; there is one wherever anything was built."""
        return self.images / ".lock"

    @property
    def blobs(self) -> Path:
        """What images are made of, as other engines read it: content by digest."""
        return self.path / "blobs"

    @property
    def bases(self) -> Path:
        """Root file systems of distributions, by digest, that images lie on."""
        return self.path / "bases"

    @property
    def pythons(self) -> Path:
        """Interpreters that no base has, by digest, mounted at `/python`."""
        return self.path / "pythons"

    @property
    def environments(self) -> Path:
        """Installed packages (`/venv`), by the digest of what they were made from."""
        return self.path / "environments"

    @property
    def runtimes(self) -> Path:
        """Copies of `nuages_runtime`, by digest, mounted at `/nuages`."""
        return self.path / "runtimes"

    @property
    def cache(self) -> Path:
        """What may be deleted at any time: uv's cache, probe results."""
        return self.path / "cache"

    @property
    def volumes(self) -> Path:
        """`/data` of each environment, by label."""
        return self.path / "volumes"

    @property
    def proxy(self) -> Path:
        """The proxy's whole world; mounted as `/p` where it is sandboxed."""
        return self.path / "proxy"

    @property
    def static(self) -> Path:
        """Collected static files with their compressed forms, by digest."""
        return self.proxy / "static"

    @property
    def media(self) -> Path:
        """Uploads that the proxy serves, by environment label."""
        return self.proxy / "media"


def machine_cache(environ: Mapping[str, str], *, root: bool) -> Path:
    """The folder of what all homes of a user share, and what may be deleted at any time. Other
    users' sandboxes must reach it, so root's is not in root's own folder."""
    given = environ.get("XDG_CACHE_HOME", "")
    if root and not given:
        return Path("/var/cache/nuages")
    return (Path(given) if given.startswith("/") else Path.home() / ".cache") / "nuages"
