"""The bridge of a platform: names, addresses, rules."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from nuages.core.errors import NuagesError
from nuages.system.command import Command, Completed
from nuages.system.network import (
    Bridge,
    BridgeNetwork,
    default_device,
    iptables_rules,
    link_local_servers,
    parse_routes,
    plan_bridge,
    render_nft,
    resolv_conf,
)

# 192.0.2.0/24 behind eth0, default by 192.0.2.1, and a bridge of ours with 10.64.16.0/20.
ROUTES = """Iface Destination Gateway Flags RefCnt Use Metric Mask MTU Window IRTT
eth0 00000000 010200C0 0003 0 0 0 00000000 0 0 0
eth0 000200C0 00000000 0001 0 0 0 00FFFFFF 0 0 0
nuagesabc 0010400A 00000000 0001 0 0 0 00F0FFFF 0 0 0
"""
BRIDGE = Bridge("nuages0123abcd", 0x0A401000)


def test_a_home_always_gets_the_same_bridge() -> None:
    assert plan_bridge(Path("/srv/a"), []) == plan_bridge(Path("/srv/a"), [])
    assert plan_bridge(Path("/srv/a"), []).name != plan_bridge(Path("/srv/b"), []).name


def test_names_of_devices_fit_the_kernel() -> None:
    bridge = plan_bridge(Path("/srv/a"), [])
    assert len(bridge.name) <= 15
    assert max(len(bridge.link(number)) for number in (0, 4000)) <= 15


def test_a_network_in_use_is_passed_over() -> None:
    first = plan_bridge(Path("/srv/a"), [])
    second = plan_bridge(Path("/srv/a"), [(first.base, first.base + 10)])
    assert second.base != first.base


def test_when_everything_is_in_use_that_is_said() -> None:
    with pytest.raises(NuagesError, match=r"10\.64\.0\.0/10"):
        plan_bridge(Path("/srv/a"), [(0, 0xFFFFFFFF)])


def test_addresses_start_behind_the_gateway_and_stay_in_the_network() -> None:
    assert BRIDGE.gateway == "10.64.16.1"
    assert BRIDGE.subnet == "10.64.16.0/20"
    assert BRIDGE.address(0) == "10.64.16.2"
    assert BRIDGE.address(4092) == "10.64.31.254"
    assert BRIDGE.address(4093) == "10.64.16.2"


def test_routes_are_read_without_the_default_one() -> None:
    assert parse_routes(ROUTES) == [(0xC0000200, 0xC00002FF), (0x0A401000, 0x0A401FFF)]
    assert parse_routes(ROUTES, "nuagesabc") == [(0x0A401000, 0x0A401FFF)]


def test_the_way_out_is_the_default_routes_device() -> None:
    assert default_device(ROUTES) == "eth0"
    assert default_device(ROUTES.splitlines()[0]) == ""


def test_the_rules_are_made_anew_as_a_whole() -> None:
    lines = render_nft(BRIDGE).splitlines()
    assert lines[:2] == ["table inet nuages0123abcd", "delete table inet nuages0123abcd"]


def test_instances_reach_the_gateways_port_80_and_nothing_else_of_the_host() -> None:
    rules = [line.strip() for line in render_nft(BRIDGE).splitlines() if "iifname" in line]
    assert rules[1:3] == [
        'iifname "nuages0123abcd" ip daddr 10.64.16.1 tcp dport 80 accept',
        'iifname "nuages0123abcd" drop',
    ]
    tables = iptables_rules(BRIDGE)
    inputs = [rule[2:] for rule in tables if rule[1] == "INPUT"]
    assert inputs[-1] == ("-i", "nuages0123abcd", "-j", "DROP")
    assert "80" in inputs[-2]


def test_only_the_platforms_own_network_is_translated() -> None:
    assert 'ip saddr 10.64.16.0/20 oifname != "nuages0123abcd" masquerade' in render_nft(BRIDGE)
    [rule] = [rule for rule in iptables_rules(BRIDGE) if rule[0] == "nat"]
    assert rule[2:4] == ("-s", "10.64.16.0/20")


def test_name_servers_on_the_hosts_loopback_are_left_out() -> None:
    text = "search lan\nnameserver 127.0.0.53\nnameserver ::1\nnameserver 192.0.2.53\n"
    assert resolv_conf(text, ipv6=True) == "search lan\nnameserver 192.0.2.53\n"


def test_without_ipv6_its_name_servers_are_left_out_unless_there_are_no_others() -> None:
    both = "nameserver 2001:db8::53\nnameserver 192.0.2.53\n"
    assert resolv_conf(both, ipv6=False) == "nameserver 192.0.2.53\n"
    assert resolv_conf(both, ipv6=True) == both
    alone = "nameserver 2001:db8::53\n"
    assert resolv_conf(alone, ipv6=False) == alone


def test_a_clouds_name_server_is_reached_and_its_metadata_are_not() -> None:
    assert link_local_servers("nameserver 169.254.169.254\nnameserver 192.0.2.53\n") == (
        "169.254.169.254",
    )
    bridge = replace(BRIDGE, servers=("169.254.169.254",))
    rules = [line.strip() for line in render_nft(bridge).splitlines() if "169.254" in line]
    assert rules == [
        'iifname "nuages0123abcd" ip daddr 169.254.169.254 udp dport 53 accept',
        'iifname "nuages0123abcd" ip daddr 169.254.169.254 tcp dport 53 accept',
        'iifname "nuages0123abcd" ip daddr 169.254.0.0/16 drop',
    ]
    words = [rule[4:] for rule in iptables_rules(bridge) if "169.254" in " ".join(rule)]
    assert [rule[-1] for rule in words] == ["ACCEPT", "ACCEPT", "DROP"]
    assert all("53" in rule for rule in words[:2])


class Stuck:
    """A runner whose programs never end in time."""

    def __init__(self) -> None:
        self.timeouts: list[float | None] = []

    def run(self, command: Command) -> Completed:
        self.timeouts.append(command.timeout)
        raise TimeoutError(f"{command.argv[0]} took too long")


def test_a_program_that_hangs_is_an_error_in_time() -> None:
    runner = Stuck()
    network = BridgeNetwork(BRIDGE, runner)
    with pytest.raises(NuagesError, match="took too long"):
        network.attach(1, 0)
    network.remove()
    assert len(runner.timeouts) > 1
    assert None not in runner.timeouts
