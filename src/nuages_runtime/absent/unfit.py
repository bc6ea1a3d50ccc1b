"""Whether packages do not fit each other, or this Python: one wants of another what its release
has not. The project's own mistakes are not meant."""

import os
import re
import sys
import traceback

# Modules that Python once had (docs.python.org, "Removed" of What's New in 3.10 to 3.13).
_GONE = frozenset(
    (
        "_bootlocale",
        "aifc",
        "asynchat",
        "asyncore",
        "audioop",
        "cgi",
        "cgitb",
        "chunk",
        "crypt",
        "distutils",
        "formatter",
        "imghdr",
        "imp",
        "mailcap",
        "msilib",
        "nis",
        "nntplib",
        "ossaudiodev",
        "parser",
        "pipes",
        "smtpd",
        "sndhdr",
        "spwd",
        "sunau",
        "symbol",
        "telnetlib",
        "uu",
        "xdrlib",
    )
)
_KINDS = (AttributeError, ImportError, NameError, SyntaxError, TypeError)
_OF_MODULE = re.compile(r"^(?:partially initialized )?module '([\w.]+)'.* has no attribute")


def is_unfit(error, source):
    """Whether `error` comes from packages that are of different times; `source` is the project's
    folder."""
    inside = os.path.join(source, "")
    seen = []
    while error is not None and error not in seen:
        seen.append(error)
        if isinstance(error, _KINDS) and _is_of_packages(error, inside):
            return True
        error = error.__cause__ or error.__context__
    return False


def _is_of_packages(error, inside):
    if isinstance(error, SyntaxError):
        return bool(error.filename) and not error.filename.startswith(inside)
    if isinstance(error, ModuleNotFoundError):
        top, _, rest = str(error.name or "").partition(".")
        return top in _GONE or bool(rest and _is_outside(top, inside))
    if isinstance(error, ImportError):
        path = getattr(error, "path", None)
        return bool(path) and not path.startswith(inside)
    asked = _OF_MODULE.match(str(error))
    if asked:
        return _is_outside(asked.group(1), inside)
    frames = list(traceback.walk_tb(error.__traceback__))
    # What the standard library says is mostly of what it was handed.
    return bool(frames) and "/site-packages/" in frames[-1][0].f_code.co_filename


def _is_outside(name, inside):
    """Whether a module is loaded and not the project's."""
    module = sys.modules.get(name)
    file = getattr(module, "__file__", None) or ""
    return module is not None and not file.startswith(inside)
