"""Whatever a project holds, inspection ends soon, with findings and never with a traceback.

Real trees are damaged in ways that editors, programs and malice know. The same examples run each
time; `FUZZ_EXAMPLES=100000 script/test tests/unit/inspect/test_any_input.py` searches further.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import shutil
import time
from collections.abc import Mapping
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from nuages.core.overrides import Overrides
from nuages.core.source import Source, SourceFile
from nuages.inspect.inspection import inspect_project
from nuages.pipeline.check import CheckResult
from nuages.pipeline.plan import decisions
from tests.unit.inspect.projects import ASGI, MANAGE, REQUIREMENTS, SETTINGS, WSGI

EXAMPLES = Path(__file__).parents[3] / "examples"
FURTHER = int(os.environ.get("FUZZ_EXAMPLES", "0"))
# Processor time, so that a busy machine is no failure.
LONGEST = 5.0

LOCK = (
    'version = 1\nrequires-python = ">=3.12"\n\n[[package]]\nname = "django"\nversion = "5.2"\n'
    'source = { registry = "https://packages.example/simple" }\n'
)
POETRY_LOCK = (
    '[[package]]\nname = "django"\nversion = "5.2"\ngroups = ["main"]\n'
    'files = [{file = "d.whl", hash = "sha256:00"}]\n[package.dependencies]\n'
    'asgiref = {version = ">=3", markers = "python_version > \'3.8\'"}\n'
    '[metadata]\nlock-version = "2.1"\n'
)
BASE = {
    "manage.py": MANAGE.format(settings="mysite.settings"),
    "mysite/__init__.py": "",
    "mysite/settings.py": SETTINGS
    + "from pathlib import Path\nBASE_DIR = Path(__file__).resolve().parent.parent\n"
    "STATICFILES_DIRS = [BASE_DIR / 'assets']\nX = int(os.getenv('X', '1'))\n"
    "DATABASES = {'default': {'ENGINE': 'django.db.backends.sqlite3', 'NAME': BASE_DIR / 'db'}}\n"
    "INSTALLED_APPS = ['django_rq', 'polls']\nRQ_QUEUES = {'default': {'URL': X}}\n"
    "try:\n    from .local import *\nexcept ImportError:\n    pass\n",
    "mysite/wsgi.py": WSGI.format(settings="mysite.settings"),
    "mysite/asgi.py": ASGI.format(settings="mysite.settings"),
    "mysite/celery.py": "from celery import Celery\napp = Celery('mysite')\n",
    "mysite/urls.py": "urlpatterns = []\n",
    "Procfile": "web: cd a && gunicorn mysite.wsgi --bind :$PORT\n"
    "release: python manage.py migrate\n"
    "worker: celery -A mysite worker\n",
    "deploy.toml": 'root = "."\n[build]\nsettings = "mysite.settings"\npython = "3.12"\n'
    '[processes]\nworker = "celery -A mysite worker"\n[database]\nengine = "sqlite"\n'
    '[startup]\ncommands = ["python manage.py migrate"]\n',
    ".python-version": "3.12.1\n",
}
TREES: Mapping[str, Mapping[str, str]] = {
    "requirements": {
        **BASE,
        "requirements.txt": f"-r requirements/base.txt\n-c limits.txt\n{REQUIREMENTS}"
        "git+https://code.example/a/b.git@v1#egg=b\n-e .\nx @ https://files.example/x.whl ; "
        "python_version > '3'\n",
        "requirements/base.txt": "celery[redis]>=5,<6 \\\n  --hash=sha256:00\n",
        "limits.txt": "celery<6\n",
        "runtime.txt": "python-3.12\n",
        ".tool-versions": "python 3.12\n",
    },
    "uv": {
        **BASE,
        "uv.lock": LOCK,
        "pyproject.toml": '[project]\nname = "x"\nversion = "1"\nrequires-python = ">=3.12"\n'
        'dependencies = ["django>=5", "y[z]~=1 ; sys_platform == \'linux\'"]\n'
        '[tool.uv.sources]\ny = { path = "y" }\n',
    },
    "poetry": {
        **BASE,
        "poetry.lock": POETRY_LOCK,
        "pyproject.toml": '[tool.poetry.dependencies]\npython = "^3.12"\ndjango = "~5.2"\n'
        'y = {version = "1", extras = ["z"], optional = true}\n'
        'w = [{version = "1", python = "3"}]\n',
    },
    "pipenv": {
        **BASE,
        "Pipfile": '[packages]\ndjango = "*"\nx = {git = "https://code.example/x", ref = "1"}\n'
        '[requires]\npython_version = "3.12"\n',
        "Pipfile.lock": '{"_meta": {"requires": {"python_version": "3.12"}}, "default": '
        '{"django": {"version": "==5.2", "hashes": ["sha256:00"], "markers": "os_name"}}}',
    },
    "pylock": {
        **BASE,
        "pylock.toml": 'lock-version = "1.0"\n[[packages]]\nname = "django"\nversion = "5.2"\n'
        '[[packages.wheels]]\nurl = "https://files.example/d.whl"\nhashes = {sha256 = "00"}\n',
    },
    "pdm": {
        **BASE,
        "pdm.lock": '[metadata]\ngroups = ["default"]\n[[package]]\nname = "django"\n'
        'version = "5.2"\ngroups = ["default"]\nfiles = [{file = "d.whl", hash = "sha256:00"}]\n',
        "pyproject.toml": '[project]\nname = "x"\ndependencies = ["django"]\n',
    },
}
HOSTILE = [
    "\0", "\ufeff", "\u2028", "\x0c", "\x1a", "\r", "\t", "'''", '"""', "\\", "\\\n", "{{", "{%",
    "%s", "%", "$", "&&", "|", ";", "#", "*", "=", ":", ",", ".", "..", "../../etc/passwd", "/",
    "~", "None", "True", "[]", "{}", "0", "-1", "1e999", "0x" + "f" * 5_000, "9" * 5_000,
    "(" * 150, "[" * 500, "[" * 5_000, "{'a':" * 90, "-" * 3_000 + "1", "not " * 2_000 + "1",
    "1" + "+1" * 3_000, "a" + ".a" * 2_000, "f(" * 90, "lambda: " * 500, "a" * 300,
    "a/" * 300, "'\\ud800'", '"\\ud800"', '"\\N{x}"', "nan", "inf", "2020-99-99", "é", "😀",
    "-r requirements.txt", "-c limits.txt", "-r /etc/passwd", "-r .", "-e ../..", "--hash=",
    "__file__", "os.environ[X]", "import *", "from . import x", "x = x", "x = x + x",
    "y = [x, x, x, x]", "{**x}", "[*x]", "f'{x!r:{x}}'", "x[:]", "x[1:2]", "Path()", "Path(1)",
    "'/'.join(x)", "print 'x'", "async", "match x:", "class A(A): pass", "if 1:", "else:",
    "DATABASES = {'default': {'ENGINE': [1], 'NAME': {}}}", "STATIC_ROOT = {}[[]]", "{[]: 1}",
    "x = {1: 2}[[1]]", "x = [1]['a']", "x = -True", "x = ''[99]", "x = Path('\\0')",
    "[[package]]", "[package]", "[project]\n", "name = 1", "dependencies = 1", "= 1", '"" = 1',
    "a.b.c.d = 1", "[a" + ".a" * 900 + "]\n", "x = " + "{a=" * 400, "requires-python = 3",
]  # fmt: skip


@st.composite
def damaged(draw: st.DrawFn) -> dict[str, bytes]:
    """A tree in which a few files are not as they should be."""
    tree = TREES[draw(st.sampled_from(sorted(TREES)))]
    files = {path: text.encode() for path, text in tree.items()}
    for _ in range(draw(st.integers(1, 4))):
        path = draw(st.sampled_from(sorted(files)))
        content = files[path]
        start = draw(st.integers(0, len(content)))
        end = draw(st.one_of(st.just(start), st.integers(start, len(content))))
        between = draw(
            st.one_of(
                st.sampled_from(HOSTILE).map(lambda text: text.encode("utf-8", "surrogatepass")),
                st.binary(max_size=12),
                st.text(max_size=12).map(lambda text: text.encode("utf-8", "surrogatepass")),
                st.sampled_from(sorted(files)).map(files.__getitem__),
            )
        )
        if draw(st.booleans()):
            # Whole tokens are where a parser's own mistakes are.
            start, end = _token(content, start)
        files[path] = content[:start] + between + content[end:]
        if draw(st.integers(0, 9)) == 0:
            files[path] = (
                files[path]
                .decode("utf-8", "replace")
                .encode(
                    draw(st.sampled_from(["utf-16", "utf-8-sig", "utf-32", "latin-1", "utf-7"])),
                    "replace",
                )
            )
    return files


def _token(content: bytes, near: int) -> tuple[int, int]:
    """The word or the quoted text that `near` is in."""
    start = near
    while start > 0 and content[start - 1 : start] not in b" \n\t=,()[]{}":
        start -= 1
    end = near
    while end < len(content) and content[end : end + 1] not in b" \n\t=,()[]{}":
        end += 1
    return start, end


def inspect_files(folder: Path, files: Mapping[str, bytes], links: Mapping[str, str] = {}) -> float:
    """Inspect a tree and look at all that is said of it; the processor's seconds."""
    shutil.rmtree(folder, ignore_errors=True)
    for path, content in files.items():
        place = folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        place.write_bytes(content)
    listed = [
        SourceFile(path, hashlib.sha256(files[path]).hexdigest(), len(files[path]))
        for path in files
    ] + [SourceFile(path, "0" * 64, 0, link=target) for path, target in links.items()]
    listed.sort(key=lambda file: file.path)
    source = Source(folder, "sha256:0", "folder:x", "x", tuple(listed))
    begun = time.process_time()
    inspection = inspect_project(source, Overrides())
    spent = time.process_time() - begun
    assert spent < LONGEST
    for finding in inspection.findings:
        assert finding.file == "" or finding.file in {*files, *links} or finding.file.endswith("/")
        lines = files.get(finding.file, b"").count(b"\n") + files.get(finding.file, b"").count(
            b"\r"
        )
        assert 0 <= finding.line <= lines + 1, finding
    checked = CheckResult(source, inspection.facts, inspection.config, inspection.findings)
    plan = [dataclasses.asdict(decision) for decision in decisions(checked)]
    shown = [dataclasses.asdict(inspection.facts), [*map(str, inspection.findings)], plan]
    json.dumps(shown, default=sorted, ensure_ascii=False).encode()
    return spent


@pytest.mark.parametrize("deep", ["-" * 900 + "1", "1" + "+1" * 900, "a" + ".b" * 900 + "()"])
def test_code_that_is_nested_deeply_is_a_finding(deep, tmp_path) -> None:
    files = {path: text.encode() for path, text in TREES["requirements"].items()}
    files["mysite/settings.py"] += f"STATIC_ROOT = {deep}\n".encode()
    inspect_files(tmp_path / "tree", files)


@settings(
    max_examples=FURTHER or 60,
    derandomize=not FURTHER,
    deadline=None,
    database=None,
    suppress_health_check=list(HealthCheck),
)
@given(files=damaged())
def test_a_damaged_tree_is_inspected_without_a_traceback(files) -> None:
    inspect_files(FOLDER, files)


@pytest.fixture(autouse=True)
def _folder(tmp_path_factory) -> None:
    global FOLDER  # noqa: PLW0603
    FOLDER = tmp_path_factory.mktemp("damaged") / "tree"


FOLDER = Path()
