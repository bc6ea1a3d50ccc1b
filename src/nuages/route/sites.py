"""What the proxy serves, as folders and links below HOME/proxy; a switch is one rename.

    sites/<host>            -> ../environments/<label>
    environments/<label>    -> ../releases/<label>.v<N>
    releases/<label>.v<N>/  web.sock, public/<STATIC_URL>, uploads/<MEDIA_URL>

Every link is made whole beside its place and renamed onto it, so a kill at any moment leaves the
old state or the new one, and every function can be called again.
"""

from __future__ import annotations

import os
import re
import secrets
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import unquote, urlsplit

from nuages.core.errors import NuagesError
from nuages.core.home import Home
from nuages.core.release import Release
from nuages.route.domains import INTERNAL_DOMAIN
from nuages.route.errors import DOMAIN_TAKEN
from nuages.system.files import remove_tree, switch_link

_TARGET = re.compile(r"\.\./releases/(?P<label>.+)\.v(?P<version>[0-9]+)")


def publish_release(home: Home, release: Release, media: bool) -> Path:
    """Make the release's folder with links to its static files, and to the environment's uploads
    where `media` says that the proxy serves them. The folder; the agent binds web.sock in it."""
    folder = release_folder(home, release.environment.label, release.version)
    _open_folder(folder)
    report = release.image.report
    static = url_path(report.static_url)
    has_static = static is not None and bool(release.image.static_digest)
    target = f"static/{release.image.static_digest}"
    _ensure_tree(folder / "public", static if has_static else None, target)
    uploads = url_path(report.media_url) or None  # MEDIA_URL = "/" is Django's word for none
    target = f"media/{release.environment.label}"
    _ensure_tree(folder / "uploads", uploads if media else None, target)
    return folder


def switch(home: Home, label: str, version: int) -> None:
    """Give release `version` the traffic of all host names of the environment, in one step."""
    _open_folder(home.proxy / "environments")
    switch_link(home.proxy / "environments" / label, f"../releases/{label}.v{version}")


def current(home: Home, label: str) -> int | None:
    """The version with the traffic, or None."""
    match = _TARGET.fullmatch(_read_link(home.proxy / "environments" / label) or "")
    return int(match["version"]) if match and match["label"] == label else None


def set_hosts(home: Home, label: str, hosts: Sequence[str]) -> None:
    """Make exactly these host names, and the internal ones, lead to the environment; new ones
    work before old ones go.

    Raises route.E004 for a name that leads to another environment with a release; nothing is
    changed then. An internal name that somebody has as a domain stays theirs.
    """
    sites = home.proxy / "sites"
    _open_folder(sites)
    target = f"../environments/{label}"
    wanted = {host: _owner(sites / host) for host in hosts}
    for host, owner in wanted.items():
        if owner not in (None, label):
            raise NuagesError(DOMAIN_TAKEN, f"The domain {host} leads to the app {owner}")
    inside = [name for name in internal_names(label) if _owner(sites / name) in (None, label)]
    for host in (*hosts, *inside):
        if _read_link(sites / host) != target:
            switch_link(sites / host, target)
    for host in set(_hosts(home, label)) - {*hosts, *inside}:
        (sites / host).unlink(missing_ok=True)


def hosts(home: Home, label: str) -> list[str]:
    """The host names that lead to the environment, without the internal ones, sorted."""
    return sorted(set(_hosts(home, label)) - set(internal_names(label)))


def internal_names(label: str) -> tuple[str, ...]:
    """How the other apps of a stack call it. They lead to it from outside too, where they are
    of no more use than its first address."""
    return (label, f"{label}.{INTERNAL_DOMAIN}")


def remove_release(home: Home, label: str, version: int) -> None:
    """Forget a release that has no traffic; ValueError for the one that has it."""
    if current(home, label) == version:
        raise ValueError(f"{label}.v{version} has the traffic")
    _remove(release_folder(home, label, version))


def discard_unfinished(home: Home) -> None:
    """Remove what somebody who was killed has left half made or half removed. Only while nobody
    publishes, switches or removes."""
    for name in ("sites", "environments", "releases"):
        for path in (home.proxy / name).glob(".*.tmp"):
            remove_tree(path)


def remove(home: Home, label: str) -> None:
    """Forget an environment: its host names first, then its link, then its releases. Uploads
    that the proxy served are data and stay (see nuages.route.media)."""
    for host in _hosts(home, label):
        (home.proxy / "sites" / host).unlink(missing_ok=True)
    (home.proxy / "environments" / label).unlink(missing_ok=True)
    for version in versions(home, label):
        _remove(release_folder(home, label, version))


def versions(home: Home, label: str) -> list[int]:
    """The releases of the environment that have a folder, sorted."""
    pattern = re.compile(rf"{re.escape(label)}\.v([0-9]+)")
    names = _names(home.proxy / "releases")
    return sorted(int(match[1]) for name in names if (match := pattern.fullmatch(name)))


def release_folder(home: Home, label: str, version: int) -> Path:
    """Where a release's socket and links lie."""
    return home.proxy / "releases" / f"{label}.v{version}"


def url_path(url: str) -> str | None:
    """The folder that a STATIC_URL or MEDIA_URL names: `static` for `/static/` or `static/`,
    empty for `/`; None where it is on another server or is no path at all."""
    parts = urlsplit(url.strip())
    if not url.strip() or parts.scheme or parts.netloc or parts.query or parts.fragment:
        return None
    names = [unquote(name) for name in parts.path.split("/") if name]
    if any(name in (".", "..") or "/" in name or "\0" in name for name in names):
        return None
    return "/".join(names)


def _ensure_tree(top: Path, path: str | None, target: str) -> None:
    """`top` becomes a folder in which `path` is a link to `target` (below HOME/proxy); absent
    where `path` is None. What is there already and right stays untouched."""
    if path is None:
        _remove(top)
        return
    parts = [part for part in path.split("/") if part]
    link = f"{'../' * (len(parts) + 2)}{target}"
    if _read_link(top.joinpath(*parts)) == link:
        return
    temporary = top.with_name(f".{top.name}.{secrets.token_hex(4)}.tmp")
    if parts:
        for depth in range(len(parts)):
            _open_folder(temporary.joinpath(*parts[:depth]))
    temporary.joinpath(*parts).symlink_to(link)
    _remove(top)
    temporary.rename(top)


def _remove(path: Path) -> None:
    """Out of sight in one step, then gone."""
    aside = path.with_name(f".{path.name}.{secrets.token_hex(4)}.tmp")
    try:
        path.rename(aside)
    except FileNotFoundError:
        return
    remove_tree(aside)


def _open_folder(path: Path) -> None:
    """A folder that the proxy may enter and not change, whatever our umask is."""
    if not path.is_dir():
        path.mkdir(parents=True, exist_ok=True)
        path.chmod(0o755)


def _owner(link: Path) -> str | None:
    """The environment that a host name leads to; None where it leads to no release."""
    return (_read_link(link) or "").rpartition("/")[2] if link.exists() else None


def _hosts(home: Home, label: str) -> list[str]:
    sites = home.proxy / "sites"
    wanted = f"../environments/{label}"
    return [name for name in _names(sites) if _read_link(sites / name) == wanted]


def _names(folder: Path) -> list[str]:
    try:
        entries = list(folder.iterdir())
    except FileNotFoundError:
        return []
    return [entry.name for entry in entries if not entry.name.startswith(".")]


def _read_link(path: Path) -> str | None:
    try:
        return os.readlink(path)  # noqa: PTH115 the text itself, not a path made of it
    except OSError:
        return None
