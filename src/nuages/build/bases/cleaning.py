"""What a root of packages holds of its making, and of the machine that made it, is taken out, so
that the same packages give the same tree anywhere."""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

# What nothing reads that runs: lists and caches, logs, records of the making.
_UNWANTED = re.compile(
    r"(?:dev|run|tmp|boot|proc|sys)/.+"
    r"|etc/(?:resolv\.conf|hostname|machine-id|fstab|apt/sources\.list(?:\.d/.+)?)"
    r"|etc/(?:passwd|group|shadow|gshadow|subuid|subgid)-"
    r"|etc/dpkg/dpkg\.cfg\.d/99mmdebstrap|etc/apt/apt\.conf\.d/99mmdebstrap"
    r"|etc/ssh/ssh_host_.+|etc/cron\..+/.+"
    r"|var/(?:cache|log|tmp|backups|spool)/.+|var/lib/(?:apt|systemd|dbus)/.+"
    r"|var/lib/dpkg/(?:.+-old|lock.*|triggers/Lock|updates/.+)"
    r"|usr/share/(?:man|info|locale|lintian|groff)/.+"
    r"|usr/share/doc/(?:[^/]+/)(?!copyright$).+"
)
_TIMESTAMP, _UNCHECKED = b"\0\0\0\0", b"\1\0\0\0"
_HOSTS = "127.0.0.1 localhost\n::1 localhost ip6-localhost ip6-loopback\n"


def is_wanted(path: str) -> bool:
    """Whether a path below the root belongs to what is kept."""
    return _UNWANTED.fullmatch(path) is None


def clean_root(root: Path) -> None:
    """Write what was left out and has to be there, and make the bytecode independent of times."""
    for name, text in (("machine-id", ""), ("hosts", _HOSTS)):
        path = root / "etc" / name
        path.unlink(missing_ok=True)
        path.write_text(text)
        path.chmod(0o644)
        os.utime(path, (0, 0))
    for path in root.glob("usr/lib/python3*/**/__pycache__/*.pyc"):
        if not path.is_symlink():
            content = path.read_bytes()
            timeless = without_time(content)
            if timeless != content:
                path.write_bytes(timeless)
                os.utime(path, (0, 0))


def without_time(content: bytes) -> bytes:
    """Bytecode that is loaded whatever time its source has (PEP 552): in an image every file has
    the same time, and Python would compile all of it again at each start."""
    if content[4:8] != _TIMESTAMP or len(content) < 16:
        return content
    digest = hashlib.sha256(content[16:]).digest()[:8]
    return content[:4] + _UNCHECKED + digest + content[16:]
