"""Rules about settings that are not fit for the public; the overlay repairs them."""

from __future__ import annotations

import ast
import posixpath
import re
from collections.abc import Sequence
from pathlib import PurePosixPath
from typing import Any

from nuages.core.facts import VariableRead
from nuages.inspect.declared.settings import (
    ALLOWED_HOSTS,
    ANY_HOST,
    DEBUG,
    FIXED_HOSTS,
    MEDIA,
    NO_MAIL_SERVER,
    OTHER_ENGINE,
    SECRET_KEY,
    SQLITE,
    STATIC_ROOT,
    WRITTEN_SECRET,
)
from nuages.inspect.evaluate import APP, UnknownValueError, evaluate
from nuages.inspect.evidence import Evidence
from nuages.inspect.facts.database import DEFAULT, read_database
from nuages.inspect.facts.settings import Assigned
from nuages.inspect.facts.static import find_static_root

_UNSET: Any = object()
# Forms of keys that their services document, so that scanners of code can find them.
_KEY = re.compile(
    r"\b(?P<aws>AKIA[0-9A-Z]{16})\b|\b(?P<stripe>[sr]k_live_[0-9a-zA-Z]{20,})"
    r"|\b(?P<sendgrid>SG\.[\w-]{22}\.[\w-]{43})\b|\b(?P<github>gh[pousr]_[0-9a-zA-Z]{36})\b"
    r"|(?P<private>-----BEGIN (?:[A-Z]+ )?PRIVATE KEY-----)"
)
_SERVICES = {
    "aws": "Amazon Web Services",
    "stripe": "Stripe",
    "sendgrid": "SendGrid",
    "github": "GitHub",
    "private": "a certificate or a service account",
}


def check_settings(evidence: Evidence, variables: Sequence[VariableRead]) -> None:
    """Say what of the settings is unsafe or unset, with the line; `variables` is what they read."""
    if not evidence.read.files:
        return
    _secret_key(evidence)
    _debug(evidence)
    _hosts(evidence)
    _static_root(evidence)
    _media(evidence)
    _written_secrets(evidence)
    _database(evidence)
    _mail(evidence, variables)


def _secret_key(evidence: Evidence) -> None:
    value, assigned = _value(evidence, "SECRET_KEY")
    if assigned is not None and isinstance(value, str) and value:
        evidence.remarks.say(
            SECRET_KEY,
            "Secret key error: SECRET_KEY is written in the settings",
            assigned.file,
            assigned.line,
        )


def _debug(evidence: Evidence) -> None:
    value, assigned = _value(evidence, "DEBUG")
    if assigned is not None and value is True:
        evidence.remarks.say(DEBUG, "DEBUG is always on", assigned.file, assigned.line)


def _hosts(evidence: Evidence) -> None:
    value, assigned = _value(evidence, "ALLOWED_HOSTS")
    if assigned is None:
        if evidence.read.whole and "ALLOWED_HOSTS" not in evidence.read.assigned:
            file = evidence.read.files[0]
            evidence.remarks.say(ALLOWED_HOSTS, "ALLOWED_HOSTS is not set", file, 1)
    elif value == []:
        place = (assigned.file, assigned.line)
        evidence.remarks.say(ALLOWED_HOSTS, "ALLOWED_HOSTS is empty", *place)
    elif isinstance(value, list) and "*" in value:
        place = (assigned.file, assigned.line)
        evidence.remarks.say(ANY_HOST, "ALLOWED_HOSTS admits every host: '*'", *place)
    elif isinstance(value, list):
        listed = ", ".join(str(host) for host in value[:5])
        message = f"ALLOWED_HOSTS is fixed: {listed}"
        evidence.remarks.say(FIXED_HOSTS, message, assigned.file, assigned.line)


def _static_root(evidence: Evidence) -> None:
    if find_static_root(evidence.read):
        return
    assigned = evidence.read.assigned.get("STATIC_ROOT")
    if (assigned is None and not evidence.read.whole) or (assigned and assigned.sometimes):
        return
    file, line = (assigned.file, assigned.line) if assigned else (evidence.read.files[0], 1)
    message = "Static files not found: STATIC_ROOT is not set"
    evidence.remarks.say(STATIC_ROOT, message, file, line)


def _media(evidence: Evidence) -> None:
    value, assigned = _value(evidence, "MEDIA_ROOT")
    if assigned is None or not isinstance(value, (str, PurePosixPath)) or not str(value):
        return
    path = posixpath.normpath(str(APP / value))
    if path == str(APP) or path.startswith(f"{APP}/"):
        shown = path.removeprefix(f"{APP}/")
        message = f"Uploads are not persisting: MEDIA_ROOT is {shown}, beside the code"
        evidence.remarks.say(MEDIA, message, assigned.file, assigned.line)


def _written_secrets(evidence: Evidence) -> None:
    """Only what has the form of a real key: a placeholder harms nobody."""
    for file in evidence.read.files:
        for number, line in enumerate(evidence.tree.text(file).split("\n"), start=1):
            found = _KEY.search(line.partition("#")[0])
            if found and "EXAMPLE" not in found[0].upper():
                kind = next(name for name, text in found.groupdict().items() if text)
                message = f"A key of {_SERVICES[kind]} is written in the settings"
                evidence.remarks.say(WRITTEN_SECRET, message, file, number)


def _database(evidence: Evidence) -> None:
    assigned = evidence.read.assigned.get("DATABASES")
    if assigned is None or assigned.sometimes:
        return
    database = read_database(evidence.read)
    wanted = evidence.said.config.engine or DEFAULT
    if database.engine == "sqlite" and database.path.startswith(f"{APP}/"):
        beside = database.path.removeprefix(f"{APP}/")
        message = f"Database not persisting: the SQLite file is {beside}, beside the code"
        evidence.remarks.say(SQLITE, message, database.file, database.line)
    elif database.engine and database.engine != wanted and not _reads_url(assigned):
        message = f"The settings name {database.engine}; the app gets {wanted}"
        fix = f'Ask for it in deploy.toml: [database] engine = "{database.engine}"'
        evidence.remarks.say(OTHER_ENGINE, message, database.file, database.line, fix=fix)


def _mail(evidence: Evidence, variables: Sequence[VariableRead]) -> None:
    given = evidence.said.overrides.variables
    needed = [each for each in variables if each.required and each.setting.startswith("EMAIL_")]
    if not needed or any(each.name in given for each in needed):
        return
    names = list(dict.fromkeys(each.name for each in needed))
    message = f"Mail is not delivered as long as none of these is set: {', '.join(names)}"
    fix = f"Name the server: nuages config APP set {' '.join(f'{name}=VALUE' for name in names)}"
    evidence.remarks.say(NO_MAIL_SERVER, message, needed[0].file, needed[0].line, fix=fix)


def _reads_url(assigned: Assigned) -> bool:
    return "DATABASE_URL" in ast.unparse(assigned.node)


def _value(evidence: Evidence, name: str) -> tuple[Any, Assigned | None]:
    """The literal value of a setting that nothing else decides; (…, None) otherwise."""
    assigned = evidence.read.assigned.get(name)
    if assigned is None or assigned.sometimes:
        return _UNSET, None
    try:
        value = evaluate(assigned.node, assigned.file, evidence.read.expressions())
    except UnknownValueError:
        return _UNSET, None
    return value, assigned
