"""A canary in config vars: found nowhere but where it is asked for."""

from __future__ import annotations

import base64
import secrets
import shutil
from pathlib import Path
from urllib.parse import quote

import pytest

from tools.answers import Visitor
from tools.demo import examples
from tools.own_platform import Platform

POLLS = next(path for path in examples() if path.name == "polls")
SETTINGS, WSGI = "mysite/settings.py", "mysite/wsgi.py"


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """A copy of the polls project, to make it talk."""
    return Path(shutil.copytree(POLLS, tmp_path / "polls"))


def append(project: Path, additions: dict[str, str]) -> None:
    for name, text in additions.items():
        with (project / name).open("a") as stream:
            stream.write(text)


def forms(value: str) -> set[bytes]:
    """A value as it may be written: as it is, percent-encoded, in base64 at every offset."""
    raw = value.encode()
    found = {raw, quote(value).encode(), quote(value, safe="").encode()}
    for before in range(3):
        # Without the characters that depend on what stands beside it.
        whole = b"x" * before + raw
        for encode in (base64.b64encode, base64.urlsafe_b64encode):
            found.add(encode(whole)[4 if before else 0 : -4])
    return found


SHOWS = (
    "logs canary -n 1000", "events canary -n 1000 --json", "info canary --json", "apps --json",
    "settings canary --json", "config canary --json", "releases canary --json", "ps canary --json",
    "migrations canary --json", "status --json",
)  # fmt: skip


def test_a_config_var_is_found_nowhere_but_where_it_is_asked_for(
    platform: Platform, project: Path
) -> None:
    plain, password = "K/" + secrets.token_urlsafe(30) + "+=&", secrets.token_urlsafe(30)
    append(
        project,
        {
            SETTINGS: "\nimport os\nCANARY = os.environ['CANARY']\nDSN = os.environ.get('DSN')\n",
            "mysite/urls.py": "\nimport base64, urllib.parse\nfrom django.conf import settings\n"
            "def boom(request):\n"
            "    told = settings.CANARY\n"
            "    print(told, urllib.parse.quote(told), base64.b64encode(told.encode()).decode())\n"
            "    raise ValueError('it is ' + told + settings.DSN)\n"
            "urlpatterns += [path('boom/', boom)]\n",
            WSGI: "\nimport os\nif os.environ.get('BOOM'):\n"
            "    raise RuntimeError('it is ' + os.environ['CANARY'])\n",
        },
    )
    given = ("--set", f"CANARY={plain}", "--set", f"DSN=postgres://u:{password}@h/db")
    deploy = ("deploy", str(project), "--app", "canary")
    told = [platform.run(*deploy, *given)]
    assert Visitor(platform.address("canary")).ask("/boom/").status == 500
    told.append(platform.run(*deploy, "--set", "BOOM=yes", code=1))
    append(project, {SETTINGS: "\nif 'BOOM' in os.environ: raise ValueError(CANARY)\n"})
    told.append(platform.run(*deploy, "--set", "BOOM=yes", code=1))
    told += [platform.run(*show.split()) for show in SHOWS]

    needles = forms(plain) | forms(password)
    printed = "".join(done.stdout + done.stderr for done in told).encode()
    commands = b"".join(map(read, Path("/proc").glob("[0-9]*/cmdline")))
    kept = {str(path): read(path) for path in platform.home.rglob("*") if path.is_file()}

    assert "[redacted]" in printed.decode()
    assert not [needle for needle in needles if needle in printed]
    assert not [needle for needle in needles if needle in commands]
    assert not [path for path, text in kept.items() if any(each in text for each in needles)]
    assert platform.run("config", "canary", "get", "CANARY").stdout == f"{plain}\n"


def read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError:
        return b""
