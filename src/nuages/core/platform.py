"""How a platform was started: what `nuages up` decides and every later start repeats."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# Where the API and the proxy can be asked for it, apps answer at NAME.<base domain>.
BASE_DOMAIN = "localhost"
PORT_MAX = 65535


@dataclass(frozen=True, slots=True)
class PlatformSettings:
    """The content of HOME/platform.json.

    `http_address` is the IP address that the proxy listens on (`::` and `0.0.0.0` mean all
    interfaces), `http_port` its port, `base_domain` the ending of every app's first host name.
    `sandbox` is off only after `--unsafe-no-sandbox`.
    """

    http_port: int
    http_address: str = "::"
    base_domain: str = BASE_DOMAIN
    sandbox: bool = True

    @property
    def listen(self) -> str:
        """Address and port as a service listens on them: `127.0.0.1:8000`, `[::]:80`."""
        host = f"[{self.http_address}]" if ":" in self.http_address else self.http_address
        return f"{host}:{self.http_port}"

    def url(self, host: str) -> str:
        """The address of a site: `http://polls.localhost:8000`, without the port where it is 80."""
        return f"http://{host}" if self.http_port == 80 else f"http://{host}:{self.http_port}"

    def to_json(self) -> dict[str, object]:
        """As a JSON object."""
        return {
            "http_address": self.http_address,
            "http_port": self.http_port,
            "base_domain": self.base_domain,
            "sandbox": self.sandbox,
        }

    @classmethod
    def from_json(cls, data: Mapping[str, object]) -> PlatformSettings:
        """From what `to_json` gave. Raises ValueError on anything else."""
        port, address, domain = data["http_port"], data["http_address"], data["base_domain"]
        sandbox = data["sandbox"]
        if (
            not isinstance(port, int)
            or not 0 < port <= PORT_MAX
            or not isinstance(address, str)
            or not isinstance(domain, str)
            or not isinstance(sandbox, bool)
        ):
            raise ValueError("a value has the wrong type")
        return cls(port, address, domain, sandbox)
