"""The few files of /etc that a sandbox gets: who we are, what names lead where. Pure."""

from __future__ import annotations

from collections.abc import Sequence

from nuages.system.sandbox import HOME_INSIDE

USER = "app"


def render_etc(
    uid: int, peers: Sequence[str], gateway: str, hostname: str, resolv: str
) -> dict[str, str]:
    """File name -> content. `peers` are host labels that lead to `gateway` (empty: nowhere), each
    alone and as `<label>.internal`; `resolv` are the name servers."""
    root = "" if uid == 0 else "root:x:0:0:root:/root:/usr/sbin/nologin\n"
    root_group = "" if uid == 0 else "root:x:0:\n"
    return {
        "passwd": f"{root}{USER}:x:{uid}:{uid}::{HOME_INSIDE}:/bin/bash\n"
        "nobody:x:65534:65534:nobody:/nonexistent:/usr/sbin/nologin\n",
        "group": f"{root_group}{USER}:x:{uid}:\nnogroup:x:65534:\n",
        "hosts": render_hosts(peers, gateway, hostname),
        "resolv.conf": resolv,
    }


def render_hosts(peers: Sequence[str], gateway: str, hostname: str) -> str:
    """The content of /etc/hosts: ourselves, and the stack's apps where a gateway leads to them."""
    hosts = [f"127.0.0.1 localhost {hostname}", "::1 localhost ip6-localhost ip6-loopback"]
    if gateway:
        hosts += [f"{gateway} {label} {label}.internal" for label in peers]
    return "\n".join(hosts) + "\n"
