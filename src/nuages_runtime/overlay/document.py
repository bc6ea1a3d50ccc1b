"""What the platform says of this environment (NUAGES_OVERLAY), and what was changed by it."""

import json
import os

# The setting that says that the overlay has done its work in this process.
ACTIVE = "NUAGES_OVERLAY_ACTIVE"
HIDDEN = "(hidden)"

_SECRET_WORDS = ("SECRET", "KEY", "PASSWORD", "TOKEN", "DSN")
_BACKENDS = ("CACHES", "CHANNEL_LAYERS")
_LONGEST = 300


# Where static files can be shown; elsewhere could lie what the platform runs itself.
STATIC_PLACES = ("/app", "/data", "/srv", "/var/www", "/code", "/static", "/home/app", "/tmp")  # noqa: S108


class Overlay:
    """NUAGES_OVERLAY as a value.

    `hosts` are host names, the main one first; `origins` the same with scheme and port;
    `reads` names the variables that the settings read and the user has set, `feeds` pairs of one
    of these and a setting that it goes into; `keep` names the settings to leave alone; `phase` is
    `build` or `run`; `project` is the project's folder; `serves_files` says that static files and
    uploads are for the app itself to serve, since no proxy of the platform stands before it.
    """

    def __init__(self, document):
        self.enabled = bool(document.get("enabled", True))
        self.keep = frozenset(document.get("keep") or ())
        self.settings = document.get("settings") or ""
        self.hosts = [host for host in document.get("hosts") or () if host]
        self.origins = list(document.get("origins") or ())
        self.scheme = document.get("scheme") or "http"
        self.debug = bool(document.get("debug"))
        self.static_root = document.get("static_root") or "/static"
        self.phase = document.get("phase") or "run"
        self.project = document.get("project") or "/app"
        self.serves_files = bool(document.get("serves_files"))
        self.reads = frozenset(document.get("reads") or ())
        self._feeds = [tuple(pair) for pair in document.get("feeds") or ()]

    def variables_of(self, setting, *names):
        """The variables that the user has set and that go into `setting`: those that the
        platform has seen there; where it has seen none, those called like it or like one of
        `names`, also with words before."""
        seen = [name for name, fed in self._feeds if fed == setting]
        ends = tuple("_" + name for name in (setting, *names))
        return seen or [name for name in self.reads if ("_" + name.upper()).endswith(ends)]

    def internal_names(self):
        """The names by which the other apps of the stack reach this one."""
        app = os.environ.get("NUAGES_APP", "")
        place = os.environ.get("NUAGES_ENVIRONMENT", "live")
        if not app:
            return []
        return [app if place == "live" else "{}-{}".format(app, place)]


_state = {"text": None, "overlay": None}
_changes = []
_warnings = []


def current():
    """The overlay of this process; None where NUAGES_OVERLAY is absent or says nothing."""
    text = os.environ.get("NUAGES_OVERLAY")
    if text != _state["text"]:
        try:
            document = json.loads(text) if text else None
        except ValueError:
            document = None
        _state["text"] = text
        _state["overlay"] = Overlay(document) if isinstance(document, dict) else None
    return _state["overlay"]


def changed(setting, project, used, why):
    """Remember one change. `project` and `used` are values; secrets among them are masked."""
    _changes[:] = [row for row in _changes if row["setting"] != setting or row["why"] != why]
    _changes.append(
        {
            "setting": setting,
            "project": show(setting, project),
            "used": show(setting, used),
            "why": why,
            "keep": 'deploy.toml: [settings] keep = ["{}"]'.format(setting.partition("[")[0]),
        }
    )


def warned(text):
    """Remember something that was seen and left as it is."""
    if text not in _warnings:
        _warnings.append(text)


def changes():
    """Every change so far, as `{"setting", "project", "used", "why", "keep"}`."""
    return [dict(row) for row in _changes]


def warnings():
    """Every remark so far."""
    return list(_warnings)


def show(setting, value):
    """A value as a person may see it: source-like, short, without secrets."""
    if value is None:
        return "not set"
    if any(word in setting for word in _SECRET_WORDS):
        return HIDDEN if value else "empty"
    if setting.startswith("DATABASES") and "OPTIONS" not in setting and isinstance(value, dict):
        return _show_database(value)
    if setting.startswith(_BACKENDS) and isinstance(value, dict):
        # An address may have a password in it.
        return str(value.get("BACKEND") or "no backend").rpartition(".")[2]
    if setting == "LOGGING" and isinstance(value, dict):
        return "handlers: " + ", ".join(sorted(value.get("handlers") or {}))
    text = repr(value)
    return text if len(text) <= _LONGEST else text[:_LONGEST] + "…"


def _show_database(database):
    engine = str(database.get("ENGINE") or "no engine")
    shown = engine.rpartition(".")[2] if engine.startswith("django.") else engine
    name, host = str(database.get("NAME") or ""), str(database.get("HOST") or "")
    return " ".join(part for part in (shown, name, "at " + host if host else "") if part)
