"""Settings that read their SECRET_KEY from a file that only their author has, as Django's
deployment checklist shows it, get the app's own key where the file is not there.

The statement that reads is put into a `try` while the module is compiled; nothing else changes.
"""

import ast
import os

from nuages_runtime.overlay.document import changed

_WHY = "{}: the file {} is not there"
_HELPER = "__import__('importlib').import_module('nuages_runtime.overlay.key_files').{}(_e, {!r})"
_LOADING = ("load", "loads", "safe_load", "full_load")


class OnlyKey(dict):
    """What stands for a file of several secrets: of these only the key is known, and asking for
    another one fails as reading the file did."""

    def __init__(self, error, key):
        super().__init__(SECRET_KEY=key)
        self._error = error

    def __missing__(self, name):
        raise self._error


def guard(statement, tree, place):
    """`statement` of the settings `tree` in a `try`, where it makes SECRET_KEY, or something that
    holds it, of a file; None where it does not. `place` is told where it comes to that."""
    name, value = _made(statement)
    if name == "SECRET_KEY" and any(isinstance(part, ast.Call) for part in ast.walk(value)):
        helper = "key"
    elif name and _is_loaded(value) and _asks_for_key(tree):
        helper = "secrets"
    else:
        return None
    instead = "try:\n pass\nexcept FileNotFoundError as _e:\n {} = ".format(name)
    guarded = ast.parse(instead + _HELPER.format(helper, place)).body[0]
    for part in ast.walk(guarded):
        ast.copy_location(part, statement)
    guarded.body = [statement]
    return guarded


def key(error, place):
    """The app's own key, in the place of one from a file."""
    used = os.environ["SECRET_KEY"]
    changed("SECRET_KEY", None, used, _WHY.format(place, error.filename))
    return used


def secrets(error, place):
    """The app's own key, in the place of a file with that and more."""
    return OnlyKey(error, key(error, place))


def _made(statement):
    """The one name that a statement makes, and the expression that it is made of."""
    if isinstance(statement, ast.With) and len(statement.body) == 1:
        statement = statement.body[0]
    if isinstance(statement, ast.Assign) and len(statement.targets) == 1:
        return getattr(statement.targets[0], "id", ""), statement.value
    return "", statement


def _is_loaded(value):
    """Whether a value is what `json.load()` and the like make of a file."""
    return isinstance(value, ast.Call) and getattr(value.func, "attr", "") in _LOADING


def _asks_for_key(tree):
    """Whether something is asked for by the name of the key."""
    for node in ast.walk(tree):
        parts = node.args if isinstance(node, ast.Call) else []
        if isinstance(node, ast.Subscript):
            # Python 3.9 has no Index any more.
            parts = [getattr(node.slice, "value", node.slice), node.slice]
        for part in parts:
            if "SECRET_KEY" in (getattr(part, "value", None), getattr(part, "s", None)):
                return True
    return False
