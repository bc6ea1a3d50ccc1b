"""What decides the result of front-end builds: its digest, and the variables that they see."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

from nuages.build.frontend.plan import QUIET, TOOLS
from nuages.core.facts import FrontEnd
from nuages.core.source import Source

# Raised when what is kept of a result, or how it is made, changes.
_VERSION = 1
# Names that bundlers put into what every browser reads, so no secret has one.
_PUBLIC = ("VITE_", "REACT_APP_", "VUE_APP_", "PUBLIC_")
# No front end is made of these; Python files may name the classes of a stylesheet.
NEVER = (".md", ".rst", ".po", ".mo", ".pyc")
PYTHON = (".py", ".pyi")
_CERTIFICATES = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt")
_INHERITED = ("http_proxy", "https_proxy", "no_proxy", "npm_config_registry")


def build_key(
    source: Source, front_ends: Sequence[FrontEnd], series: Sequence[str], public: Mapping[str, str]
) -> str:
    """The digest of everything that the builds are made from."""
    reads_python = any(front_end.reads_python for front_end in front_ends)
    passed_over = NEVER if reads_python else (*NEVER, *PYTHON)
    files = [
        (file.path, file.sha256, file.link)
        for file in source.files
        if not file.path.endswith(passed_over)
    ]
    # Of the request for Node.js, what it comes to is enough: its reason has lines of files.
    described = [{**asdict(each), "node": ""} for each in front_ends]
    document = [
        _VERSION,
        described,
        list(series),
        files,
        sorted(public.items()),
        os.uname().machine,
    ]
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()[:32]


def public_variables(config: Mapping[str, str]) -> dict[str, str]:
    """The plain config vars that a front end is made with."""
    return {name: value for name, value in config.items() if name.startswith(_PUBLIC)}


def build_environment(node: Path, cache: Path, public: Mapping[str, str]) -> dict[str, str]:
    """The variables of every command of a build; `node` is the folder of its programs."""
    certificates = next((path for path in _CERTIFICATES if Path(path).exists()), "")
    inherited = {n: v for n, v in os.environ.items() if n.lower() in _INHERITED}
    return {
        **inherited,
        **QUIET,
        **({"NODE_EXTRA_CA_CERTS": certificates} if certificates else {}),
        **public,
        "npm_config_cache": str(cache),
        "CI": "true",
        "LANG": "C.UTF-8",
        "HOME": "/home/app",
        "PATH": f"{node}:{TOOLS}/node_modules/.bin:/venv/bin:/usr/local/bin:/usr/bin:/bin",
    }
