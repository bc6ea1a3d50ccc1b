"""What real failures print, and the cause that is found in it; and what shows none.

Each NAME.txt was printed by a real Django, uv, gunicorn, Celery or psycopg, with the paths of the
sandbox in place of those of the machine. `script/test --update-golden` writes the causes anew; the
difference is read before it is kept.
"""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest

from nuages.core.facts import Dependencies
from nuages.diagnose.context import Context, module_names
from nuages.diagnose.declared.catalogue import CAUSES
from nuages.diagnose.diagnose import diagnose

HERE = Path(__file__).parent
NAMES = sorted(path.stem for path in HERE.glob("*.txt"))
PATHS = (
    "manage.py", "mysite/__init__.py", "mysite/settings.py", "mysite/urls.py", "mysite/wsgi.py",
    "polls/__init__.py", "polls/models.py", "polls/urls.py", "polls/views.py",
)  # fmt: skip
SHOP = Context("shop", modules=module_names(PATHS, "."))
# What is known besides; the messages are those of our own errors.
CONTEXTS = {
    "django-too-new-urlresolvers": dataclasses.replace(SHOP, django="5.2.1"),
    "module-missing-import": dataclasses.replace(
        SHOP, dependencies=Dependencies("poetry", ".", ("pyproject.toml",))
    ),
    "syntax-match": dataclasses.replace(SHOP, python="3.8.18"),
    "syntax-typing": dataclasses.replace(SHOP, python="3.8.18"),
    "syntax-walrus": dataclasses.replace(SHOP, python="3.7.16"),
}
LOOP = "Asked for / as x.localhost, it redirects http://x.localhost/ to"
MESSAGES = {
    "boot-module-missing": "A 'web' instance: ModuleNotFoundError: No module named "
    "'rest_framework'",
    "ended-by-memory": "A 'web' instance ran out of memory (its limit is 512 MB)",
    "database-of-its-own": "A 'web' instance: migrations are not applied, so tables may be "
    "missing: contenttypes.0001_initial",
    "postgres-extension-denied": "shop.0001 failed at 'CreateExtension': ProgrammingError: "
    'permission denied to create extension "file_fdw"',
    "postgres-extension": "package.0001 failed at 'TrigramExtension': NotSupportedError: extension "
    '"pg_trgm" is not available',
    "host-of-its-own": "A 'web' instance: GET /polls/ for hosts.localhost:8123 answered 400: "
    "django.core.exceptions.DisallowedHost: Invalid HTTP_HOST header: 'hosts.localhost:8123'. "
    "You may need to add 'hosts.localhost' to ALLOWED_HOSTS.",
    "none-boot-error": "A 'web' instance: RuntimeError: boom in wsgi",
    "none-migration-fails": "polls.0002_fill failed at 'Raw Python operation': ValueError: no rows",
    "redirect-loop": f"{LOOP} itself: a loop",
    "redirect-tls": f"{LOOP} https, and this site has no TLS: SECURE_SSL_REDIRECT has to be off",
    "variable-missing": "mysite/settings.py:18: KeyError: the variable STRIPE_KEY is not set",
}


def found_in(name: str) -> list[dict[str, object]]:
    text = (HERE / f"{name}.txt").read_text()
    found = diagnose(MESSAGES.get(name, ""), text, CONTEXTS.get(name, SHOP))
    return [dataclasses.asdict(cause) for cause in found]


@pytest.mark.parametrize("name", NAMES)
def test_the_cause_of_a_real_failure_is_found(name: str, update_golden: bool) -> None:
    text = json.dumps(found_in(name), indent=2, ensure_ascii=False) + "\n"
    golden = HERE / f"{name}.json"
    if update_golden:
        golden.write_text(text)
    assert text == golden.read_text()


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("none-")])
def test_output_without_a_known_cause_shows_none(name: str) -> None:
    assert found_in(name) == []


def test_the_lines_that_show_a_cause_are_those_of_the_output() -> None:
    for name in NAMES:
        lines = (HERE / f"{name}.txt").read_text().splitlines()
        for cause in json.loads((HERE / f"{name}.json").read_text()):
            for proof in cause["proofs"]:
                assert proof["number"] == 0 or lines[proof["number"] - 1] == proof["line"], name


def test_no_value_is_left_to_be_filled_in_by_us() -> None:
    for name in NAMES:
        for cause in json.loads((HERE / f"{name}.json").read_text()):
            assert "{" not in cause["title"].replace("{% ", ""), name
            assert cause["code"] in CAUSES


def test_causes_have_codes_of_their_own() -> None:
    assert all(code.startswith("diagnose.C") for code in CAUSES)
    assert [cause.code for cause in CAUSES.values()] == list(CAUSES)
