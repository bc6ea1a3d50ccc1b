"""Corrections of logging: errors can always be seen in the app's log, and a log file that cannot
be written stops nothing."""

import logging
import os
import sys
import traceback

from django import VERSION

from nuages_runtime.overlay.document import changed, warned

_STREAM = "logging.StreamHandler"
# Of a handler, what has nothing to do with where it writes.
_KEPT = ("level", "formatter", "filters")


def configuration(overlay, target):
    """LOGGING to standard error where there is none; Django's own shows errors only while DEBUG
    is on. Else handlers that could not be made write there."""
    if "LOGGING" in overlay.keep:
        return
    _show_errors()
    project = target.get("LOGGING")
    if isinstance(project, dict) and project:
        _handlers(target, project)
        return
    if not target.get("LOGGING_CONFIG"):
        warned("LOGGING_CONFIG is off: errors go where the project sends them")
        return
    if logging.root.handlers:
        warned("The settings set logging up by themselves: errors go where they send them")
        return
    document = {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"nuages": {"format": "%(levelname)s %(name)s: %(message)s"}},
        "handlers": {"nuages": {"class": _STREAM, "formatter": "nuages"}},
        "root": {"handlers": ["nuages"], "level": "WARNING"},
    }
    target.put("LOGGING", document, "errors would be shown nowhere with DEBUG off")


def _handlers(target, project):
    handlers = dict(project.get("handlers") or {})
    for name, handler in sorted(handlers.items()):
        why = _why_not(handler) if isinstance(handler, dict) else ""
        if why:
            used = {key: handler[key] for key in _KEPT if key in handler}
            handlers[name] = dict(used, **{"class": _STREAM})
            setting = 'LOGGING["handlers"]["{}"]'.format(name)
            changed(setting, _written(handler), "to the app's log", why)
    if handlers != (project.get("handlers") or {}):
        target.put_silently("LOGGING", dict(project, handlers=handlers))


def _written(handler):
    return "to {}".format(handler.get("filename") or handler.get("address"))


def _why_not(handler):
    """Why a handler could not be made; empty where it could. A folder for its file is made."""
    if handler.get("filename"):
        return _why_no_file(str(handler["filename"]))
    address = handler.get("address")
    if isinstance(address, str) and address.startswith("/") and not os.path.exists(address):
        return "there is no {} here".format(address)
    return ""


def _why_no_file(path):
    folder = os.path.dirname(os.path.abspath(path))
    try:
        os.makedirs(folder, exist_ok=True)
    except OSError as error:
        return "the folder {} cannot be made: {}".format(folder, error.strerror)
    if not os.access(path if os.path.exists(path) else folder, os.W_OK):
        return "{} cannot be written".format(path)
    return ""


def _show_errors():
    from django.core.signals import got_request_exception

    got_request_exception.connect(_show, dispatch_uid="nuages.errors")


def _show(request=None, **_):
    """Print the exception behind a 500 that no logger of the project's shows here."""
    _, error, trace = sys.exc_info()
    if error is None:
        return
    # One in the page for 404 (or 403, 400) Django tells its loggers nothing of, from 2.1 on.
    place = trace.tb_frame.f_code.co_name if trace is not None else ""
    in_error_page = VERSION >= (2, 1) and place == "get_exception_response"
    if not in_error_page and _is_shown(logging.getLogger("django.request")):
        return
    sys.stderr.write("nuages: {} failed:\n".format(getattr(request, "path", "a request")))
    traceback.print_exc()


def _is_shown(logger):
    """Whether errors of a logger reach standard error or output."""
    if not logger.isEnabledFor(logging.ERROR) or logger.disabled:
        return False
    while logger is not None:
        if any(_shows(handler) for handler in logger.handlers):
            return True
        logger = logger.parent if logger.propagate else None
    return False


def _shows(handler):
    if not isinstance(handler, logging.StreamHandler) or isinstance(handler, logging.FileHandler):
        return False
    only_debug = any(type(f).__name__ == "RequireDebugTrue" for f in handler.filters)
    return handler.level <= logging.ERROR and not only_debug
