"""A base for Dockerfiles, in the place of an official image of Python: Debian with its own one."""

from __future__ import annotations

import fcntl
import os
import subprocess
from pathlib import Path

from tests.dockerd import Docker

# It is made once on a machine: that takes a while.
_CACHE = Path("/var/cache/nuages/test-bases")
_ROOT = _CACHE / "python-bookworm.tar"
_PACKAGES = "python3,python3-venv,ca-certificates"
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
BASE = "python-of-debian"


def import_base(docker: Docker, folder: Path) -> str:
    """The name of the base in the engine; it trusts whom this machine trusts, since a proxy may
    stand between it and the package index."""
    docker.run("import", str(_make_root()), f"{BASE}:plain")
    context = folder / "base"
    context.mkdir()
    (context / "certificates.crt").write_bytes(_CERTIFICATES.read_bytes())
    place = _CERTIFICATES.as_posix()
    (context / "Dockerfile").write_text(
        f"FROM {BASE}:plain\nCOPY certificates.crt {place}\n"
        f"ENV PIP_CERT={place} SSL_CERT_FILE={place}\n"
    )
    build(docker, context, BASE)
    return BASE


def build(docker: Docker, folder: Path, name: str, *arguments: str) -> str:
    """`docker build` with BuildKit; what it printed."""
    # A newer client needs another program for it, which need not be there.
    for client in ("docker", "/usr/bin/docker"):
        done = subprocess.run(
            [client, "build", "--network=host", "--progress=plain", "-t", name, *arguments, folder],
            env={**docker.environment(), "DOCKER_BUILDKIT": "1"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=240,
            check=False,
        )
        if "buildx component is missing" not in done.stdout:
            break
    assert done.returncode == 0, done.stdout[-6000:]
    return done.stdout


def _make_root() -> Path:
    _CACHE.mkdir(parents=True, exist_ok=True)
    with (_CACHE / ".lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if _ROOT.exists():
            return _ROOT
        temporary = _ROOT.with_name(f"{_ROOT.name}.{os.getpid()}.tmp")
        argv = [
            # What it mounts is seen by nobody else, and gone with it.
            "unshare", "--mount", "--propagation=private",
            "mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", "--format=tar",
            f"--include={_PACKAGES}", "bookworm", str(temporary),
        ]  # fmt: skip
        try:
            subprocess.run(argv, check=True, capture_output=True, text=True, timeout=280)
            temporary.rename(_ROOT)
        finally:
            temporary.unlink(missing_ok=True)
    return _ROOT
