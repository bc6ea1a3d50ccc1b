"""The outward network of instances, with the platform as root: a bridge of its own, NAT, a wall.

Each instance has a link of its own to the bridge and reaches the outside, the gateway's port 80
(where the proxy answers to internal names) and nothing else of this host or of its neighbours.

Links are made by `ip -batch` (5 ms a start, while the launcher loads) and not by a netlink
library: importing pyroute2 took 0.32 s and made the agent three times as large.
"""

from __future__ import annotations

import contextlib
import hashlib
import shutil
import socket
import struct
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from nuages.core.errors import ErrorCode, NuagesError
from nuages.system.command import Command, Completed, Runner

FAILED = ErrorCode(
    "system.E020",
    "An instance could not be connected to the network",
    "Look at the lines above; `ip`, `nft` and the kernel's veth and bridge are needed.",
    retryable=True,
)
# 10.64.0.0/10, cut into networks of 4 096 addresses.
_FIRST = struct.unpack("!I", socket.inet_aton("10.64.0.0"))[0]
_NETWORKS = 1024
_SIZE = 4096
PREFIX = 20
_FORWARD = Path("/proc/sys/net/ipv4/ip_forward")
_IPV6 = Path("/proc/sys/net/ipv6/conf")
_SECONDS = 10.0
_DEVICES = Path("/sys/class/net")


@dataclass(frozen=True, slots=True)
class Bridge:
    """A platform's network: the bridge's `name` (at most 15 characters), `base`, the number of
    its first address (10.x.y.0), and the largest packet of the way out in bytes. `servers` are
    name servers at link-local addresses, as some clouds have them."""

    name: str
    base: int
    mtu: int = 1500
    servers: tuple[str, ...] = ()

    @property
    def gateway(self) -> str:
        """The host's own address on the bridge."""
        return _text(self.base + 1)

    @property
    def subnet(self) -> str:
        return f"{_text(self.base)}/{PREFIX}"

    def address(self, number: int) -> str:
        """The address of instance `number` (from 0)."""
        return _text(self.base + 2 + number % (_SIZE - 3))

    def link(self, number: int) -> str:
        """The name of the host's end of that instance's link."""
        return f"nv{self.name[-6:]}{number % (_SIZE - 3):x}"


def plan_bridge(home: Path, taken: Iterable[tuple[int, int]], mtu: int = 1500) -> Bridge:
    """The bridge of a home: always the same name, and the first network after one chosen by the
    home's name that overlaps none of `taken` ((first, last) address numbers)."""
    digest = hashlib.sha256(str(home).encode()).hexdigest()
    start, routes = int(digest[8:16], 16), list(taken)
    for step in range(_NETWORKS):
        base = _FIRST + (start + step) % _NETWORKS * _SIZE
        if all(last < base or first >= base + _SIZE for first, last in routes):
            return Bridge(f"nuages{digest[:8]}", base, mtu)
    raise NuagesError(FAILED, "Every network in 10.64.0.0/10 is in use on this host")


def parse_routes(text: str, device: str = "") -> list[tuple[int, int]]:
    """(first, last) address numbers of each route in /proc/net/route, but the default one; only
    those of one device where it is given."""
    found = []
    for line in text.splitlines()[1:]:
        fields = line.split()
        address, mask = (_from_hex(fields[index]) for index in (1, 7))
        if mask and device in ("", fields[0]):
            found.append((address, address | (~mask & 0xFFFFFFFF)))
    return found


def default_device(text: str) -> str:
    """The device of the default route in /proc/net/route; empty where there is none."""
    for line in text.splitlines()[1:]:
        fields = line.split()
        if fields[1] == "00000000" and fields[7] == "00000000":
            return fields[0]
    return ""


def render_nft(bridge: Bridge) -> str:
    """The rules for nft: made anew as a whole, so that they can be loaded again at any time."""
    name, gateway = bridge.name, bridge.gateway
    names = "".join(
        f'    iifname "{name}" ip daddr {server} {protocol} dport 53 accept\n'
        for server in bridge.servers
        for protocol in ("udp", "tcp")
    )
    return f"""table inet {name}
delete table inet {name}
table inet {name} {{
  chain input {{
    type filter hook input priority -10; policy accept;
    iifname "{name}" ct state established,related accept
    iifname "{name}" ip daddr {gateway} tcp dport 80 accept
    iifname "{name}" drop
  }}
  chain forward {{
    type filter hook forward priority -10; policy accept;
    iifname "{name}" oifname "nuages*" drop
{names}    iifname "{name}" ip daddr 169.254.0.0/16 drop
    oifname "{name}" ct state established,related accept
    oifname "{name}" drop
  }}
  chain postrouting {{
    type nat hook postrouting priority 100; policy accept;
    ip saddr {bridge.subnet} oifname != "{name}" masquerade
  }}
}}
"""


_ACCEPT = ("-j", "ACCEPT")


def iptables_rules(bridge: Bridge, *, forward_only: bool = False) -> list[tuple[str, ...]]:
    """The same for iptables, as (table, chain, rule words…), to be inserted from the last to the
    first. `forward_only`: what a firewall that drops what it does not know has to let pass."""
    name = bridge.name
    known = ("-m", "conntrack", "--ctstate", "ESTABLISHED,RELATED", "-j", "ACCEPT")
    names = [
        ("filter", "FORWARD", "-i", name, "-d", server, "-p", protocol, "--dport", "53", *_ACCEPT)
        for server in bridge.servers
        for protocol in ("udp", "tcp")
    ]
    forward = [
        *names,
        ("filter", "FORWARD", "-i", name, "-d", "169.254.0.0/16", "-j", "DROP"),
        ("filter", "FORWARD", "-i", name, "-o", "nuages+", "-j", "DROP"),
        ("filter", "FORWARD", "-i", name, "-j", "ACCEPT"),
        ("filter", "FORWARD", "-o", name, *known),
        ("filter", "FORWARD", "-o", name, "-j", "DROP"),
    ]
    if forward_only:
        return forward
    port = ("-d", bridge.gateway, "-p", "tcp", "--dport", "80", "-j", "ACCEPT")
    return [
        ("nat", "POSTROUTING", "-s", bridge.subnet, "!", "-o", name, "-j", "MASQUERADE"),
        ("filter", "INPUT", "-i", name, *known),
        ("filter", "INPUT", "-i", name, *port),
        ("filter", "INPUT", "-i", name, "-j", "DROP"),
        *forward,
    ]


def resolv_conf(text: str, *, ipv6: bool) -> str:
    """The host's resolv.conf as instances can use it: servers on its loopback are out of reach,
    and those at IPv6 addresses too where `ipv6` is off (kept where there are no others)."""
    lines = [line for line in text.splitlines() if not _is_loopback(_server(line))]
    known = [server for server in map(_server, lines) if server and ":" not in server]
    if not ipv6 and known:
        lines = [line for line in lines if ":" not in _server(line)]
    return "\n".join(lines) + "\n"


def link_local_servers(text: str) -> tuple[str, ...]:
    """The name servers of a resolv.conf that lie where a cloud also keeps its metadata."""
    return tuple(s for s in map(_server, text.splitlines()) if s.startswith("169.254."))


def read_resolv_conf(*, ipv6: bool) -> str:
    """This host's name servers for instances; systemd-resolved's own upstream ones behind it."""
    for path in ("/etc/resolv.conf", "/run/systemd/resolve/resolv.conf"):
        try:
            text = resolv_conf(Path(path).read_text(), ipv6=ipv6)
        except OSError:
            continue
        if any(map(_server, text.splitlines())):
            return text
    return ""


class BridgeNetwork:
    """Performs a bridge: `ensure` it, `attach` sandboxes to it, `remove` it."""

    def __init__(self, bridge: Bridge, runner: Runner) -> None:
        self.bridge = bridge
        self._runner = runner

    def ensure(self) -> None:
        """Make the bridge, the rules and the forwarding, whatever of it is there already.

        Raises system.E020 where this host cannot.
        """
        name = self.bridge.name
        if not (_DEVICES / name).exists():
            self._ip((f"link add {name} type bridge",))
        self._close_ipv6()
        address = f"addr replace {self.bridge.gateway}/{PREFIX} dev {name}"
        self._ip((address, f"link set {name} up"))
        self._load()

    def _close_ipv6(self) -> None:
        """An IPv6 address of the bridge would be a way to this host that only nft has rules for."""
        setting = _IPV6 / self.bridge.name / "disable_ipv6"
        if setting.exists():
            with contextlib.suppress(*((NuagesError,) if shutil.which("nft") else ())):
                _set(setting, "1")

    def _load(self) -> None:
        """The forwarding and the rules."""
        _set(_FORWARD, "1")
        bridge = self.bridge
        if shutil.which("nft"):
            self._run(("nft", "-f", "-"), render_nft(bridge))
            if self._forward_drops():
                self._insert(iptables_rules(bridge, forward_only=True))
        elif shutil.which("iptables"):
            self._insert(iptables_rules(bridge))
        else:
            raise NuagesError(FAILED, "Neither nft nor iptables is installed")

    def _is_loaded(self) -> bool:
        """Whether nobody has taken the rules away: other firewalls start by removing them all."""
        bridge = self.bridge
        if shutil.which("nft"):
            return self._try(("nft", "list", "table", "inet", bridge.name)).code == 0
        wall = ("INPUT", "-i", bridge.name, "-j", "DROP")
        return self._try(("iptables", "-w", "-C", *wall)).code == 0

    def attach(self, pid: int, number: int) -> str:
        """Give the network namespace of `pid` the address of that number, and return it.

        Raises system.E020.
        """
        bridge, link, address = self.bridge, self.bridge.link(number), self.bridge.address(number)
        mtu = f"mtu {bridge.mtu}"
        if not self._is_loaded():
            self._load()
        self._ip(
            (
                f"link add {link} {mtu} type veth peer name eth0 {mtu} netns {pid}",
                f"link set {link} master {bridge.name}",
                f"link set {link} type bridge_slave isolated on",
                f"link set {link} up",
            )
        )
        inside = (
            f"addr add {address}/{PREFIX} dev eth0",
            "link set eth0 up",
            f"route add default via {bridge.gateway}",
        )
        self._ip(inside, ("nsenter", f"--net=/proc/{pid}/ns/net"))
        return address

    def remove(self) -> None:
        """Take the bridge and the rules away; what is not there any more is fine."""
        name = self.bridge.name
        commands: list[tuple[str, ...]] = [("ip", "link", "delete", name)]
        if shutil.which("nft"):
            commands.append(("nft", "delete", "table", "inet", name))
        if shutil.which("iptables"):
            for table, chain, *rule in iptables_rules(self.bridge):
                commands.append(("iptables", "-w", "-t", table, "-D", chain, *rule))
        for command in commands:
            with contextlib.suppress(NuagesError):
                self._try(command)

    def _ip(self, lines: tuple[str, ...], inside: tuple[str, ...] = ()) -> None:
        self._run((*inside, "ip", "-batch", "-"), "\n".join(lines) + "\n")

    def _insert(self, rules: list[tuple[str, ...]]) -> None:
        for table, chain, *rule in reversed(rules):
            there = ("iptables", "-w", "-t", table, "-C", chain, *rule)
            if self._try(there).code != 0:
                self._run(("iptables", "-w", "-t", table, "-I", chain, *rule))

    def _forward_drops(self) -> bool:
        """Whether another firewall drops what is forwarded (Docker's set-up does)."""
        if not shutil.which("iptables"):
            return False
        said = self._try(("iptables", "-w", "-S", "FORWARD")).stdout
        return said.startswith("-P FORWARD DROP")

    def _run(self, argv: tuple[str, ...], text: str = "") -> None:
        done = self._try(argv, text)
        if done.code != 0:
            raise NuagesError(
                FAILED, f"'{' '.join(argv)}' ended with {done.code}", details=done.stderr
            )

    def _try(self, argv: tuple[str, ...], text: str = "") -> Completed:
        """Run it, whatever it says. Raises system.E020 where it is missing or hangs."""
        try:
            return self._runner.run(Command(argv, stdin=text.encode(), timeout=_SECONDS))
        except FileNotFoundError:
            raise NuagesError(FAILED, f"'{argv[0]}' is not installed") from None
        except OSError as error:
            raise NuagesError(FAILED, f"'{argv[0]}' did not do its work: {error}") from None


def read_bridge(home: Path) -> Bridge:
    """The bridge of a home on this host as it is now. OSError without /proc/net."""
    routes = Path("/proc/net/route").read_text()
    try:
        mtu = int((_DEVICES / default_device(routes) / "mtu").read_text())
    except (OSError, ValueError):
        mtu = 1500
    servers = link_local_servers(read_resolv_conf(ipv6=False))
    bridge = replace(plan_bridge(home, parse_routes(routes), min(mtu, 1500)), servers=servers)
    own = parse_routes(routes, bridge.name)
    # It is there already: an agent that takes over keeps its addresses.
    return replace(bridge, base=own[0][0]) if own else bridge


def _text(number: int) -> str:
    return socket.inet_ntoa(struct.pack("!I", number))


def _from_hex(text: str) -> int:
    """An address of /proc/net/route: eight hexadecimal digits in the machine's byte order."""
    number: int = struct.unpack("!I", struct.pack("=I", int(text, 16)))[0]
    return number


def _server(line: str) -> str:
    """The name server of a line of resolv.conf; empty where it names none."""
    words = line.split()
    return words[1] if len(words) > 1 and words[0] == "nameserver" else ""


def _is_loopback(server: str) -> bool:
    return server.startswith("127.") or server == "::1"


def _set(path: Path, text: str) -> None:
    """A setting of the kernel. Raises system.E020."""
    try:
        if path.read_text().strip() != text:
            path.write_text(text)
    except OSError as error:
        raise NuagesError(FAILED, f"{path} cannot be set: {error.strerror}") from None
