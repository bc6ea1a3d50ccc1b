"""Replaces unsafe literals in the source of settings modules while these are imported.

Settings that are derived from others (`if DEBUG:`, a key handed on to another setting) come out
right only if the first value is right from the start. Only the right-hand sides of DEBUG,
SECRET_KEY and ALLOWED_HOSTS are touched, on the same lines; the files stay as they are.
"""

import ast
import os
import re

from nuages_runtime.overlay.document import changed, current
from nuages_runtime.overlay.key_files import guard

_INTERESTING = re.compile(rb"^[ \t]*(DEBUG|SECRET_KEY|ALLOWED_HOSTS)\b", re.MULTILINE)
_READING = re.compile(rb"\bopen\(|\.read_(?:text|bytes)\(")
_OFF = {"True": "False", "true": "false", "TRUE": "FALSE", "1": "0", "yes": "no", "on": "off"}
_LITERAL = "a literal in the settings"

_KEY_VARIABLE = re.compile(r"[A-Z][A-Z0-9_]*")

# String literals of which settings make a key, wherever they stand.
literal_keys = set()


def compile_settings(source, path):
    """The code of a settings module with its unsafe literals replaced; None where nothing in
    it has to be. `source` is bytes. Raises what Python raises for a syntax error."""
    overlay = current()
    if overlay is None or not overlay.enabled or not _INTERESTING.search(source):
        return None
    tree = ast.parse(source, path)
    _remember_keys(tree)
    rewriter = _Rewriter(overlay, path)
    rewriter.visit_body(tree.body)
    if _READING.search(source):
        rewriter.guard_files(tree)
    if not rewriter.touched:
        return None
    return compile(tree, path, "exec", dont_inherit=True)


class _Rewriter:
    def __init__(self, overlay, path):
        self._overlay = overlay
        self._place = os.path.relpath(path, overlay.project)
        self._values = {
            "DEBUG": self._debug,
            "SECRET_KEY": self._secret_key,
            "ALLOWED_HOSTS": self._allowed_hosts,
        }
        self.touched = False

    def visit_body(self, statements):
        """Look at what runs whatever the surroundings say: not below `if`, whose condition
        may be the project's own word on where it runs."""
        for statement in statements:
            if isinstance(statement, ast.Assign):
                names = [t.id for t in statement.targets if isinstance(t, ast.Name)]
                self._visit_assignment(statement, names)
            elif isinstance(statement, ast.AnnAssign) and isinstance(statement.target, ast.Name):
                if statement.value is not None:
                    self._visit_assignment(statement, [statement.target.id])
            elif isinstance(statement, ast.Try):
                self.visit_body(statement.body)
                for handler in statement.handlers:
                    self.visit_body(handler.body)
                self.visit_body(statement.orelse)
            elif isinstance(statement, ast.ClassDef) and "DJANGO_CONFIGURATION" in os.environ:
                self.visit_body(statement.body)

    def guard_files(self, tree):
        """See to statements that take the key from a file that may not be there."""
        if "SECRET_KEY" in self._overlay.keep or not os.environ.get("SECRET_KEY"):
            return
        for position, statement in enumerate(tree.body):
            place = "{}:{}".format(self._place, statement.lineno)
            guarded = guard(statement, tree, place)
            if guarded is not None:
                tree.body[position] = guarded
                self.touched = True

    def _visit_assignment(self, statement, names):
        for name in names:
            if name in self._values and name not in self._overlay.keep:
                new = self._values[name](statement.value)
                if new is not None:
                    statement.value = _at(new, statement.value)
                    self.touched = True

    def _debug(self, node):
        if self._overlay.debug:
            return None
        if _literal(node) in (True, 1) and not isinstance(node, ast.Name):
            self._say("DEBUG", True, False, node, _LITERAL)
            return _node(False)
        if self._replace_default(node, "DEBUG", _debug_off):
            self._say("DEBUG", True, False, node, "on where no variable says otherwise")
        return None

    def _secret_key(self, node):
        key = os.environ.get("SECRET_KEY")
        value = _literal(node)
        if not key:
            return None
        if isinstance(value, str):
            if value != key:
                self._say("SECRET_KEY", value, key, node, "the key stands in the source code")
            return _node(key)
        if self._replace_key(node, key):
            self._say("SECRET_KEY", value or "default", key, node, "its default stands in the code")
        return None

    def _allowed_hosts(self, node):
        value = _literal(node)
        if not isinstance(value, (list, tuple, set)):
            return None
        kept = [host for host in value if isinstance(host, str) and host != "*"]
        used = merge(kept, self._overlay.hosts + self._overlay.internal_names())
        if used == list(value):
            return None
        self._say("ALLOWED_HOSTS", list(value), used, node, "the app's own host names")
        return _node(tuple(used) if isinstance(value, tuple) else used)

    def _replace_key(self, node, key):
        """Give another default to a call that is known to read a variable for a key, where that
        variable is not set; whether there was one."""
        found = False
        for call in ast.walk(node):
            if not isinstance(call, ast.Call) or not call.args or not _reads_variable(call.func):
                continue
            name = _literal(call.args[0])
            if not isinstance(name, str) or not _KEY_VARIABLE.fullmatch(name) or name in os.environ:
                continue
            if "KEY" in name or "SECRET" in name:
                found = self._replace_arguments(call, lambda old: _key_for(old, key)) or found
        return found

    def _replace_default(self, node, word, replace):
        """Give another default to a call that reads a variable with `word` in its name, where
        that variable is not set; whether there was one."""
        found = False
        for call in ast.walk(node):
            if not isinstance(call, ast.Call) or not call.args:
                continue
            name = _literal(call.args[0])
            if not isinstance(name, str) or word not in name.upper() or name in os.environ:
                continue
            found = self._replace_arguments(call, replace) or found
        return found

    def _replace_arguments(self, call, replace):
        found = False
        for position in range(1, len(call.args)):
            new = replace(_literal(call.args[position]))
            if new is not None:
                call.args[position] = _at(_node(new), call.args[position])
                found = True
        for keyword in call.keywords:
            new = replace(_literal(keyword.value)) if keyword.arg == "default" else None
            if new is not None:
                keyword.value = _at(_node(new), keyword.value)
                found = True
        self.touched = self.touched or found
        return found

    def _say(self, setting, project, used, node, why):
        changed(setting, project, used, "{}:{}: {}".format(self._place, node.lineno, why))


def merge(first, second):
    """The entries of both lists, each once, in order."""
    return list(dict.fromkeys(list(first) + list(second)))


def _debug_off(value):
    if value is True:
        return False
    if isinstance(value, int) and value == 1:
        return 0
    return _OFF.get(value) if isinstance(value, str) else None


def _key_for(value, key):
    return key if isinstance(value, str) and value else None


def _reads_variable(function):
    """Whether this is how variables are read: os.getenv, os.environ.get, decouple's config, and
    env with its methods. Not the `get` of anything: a configparser has one too."""
    if isinstance(function, ast.Name):
        return function.id in ("getenv", "config", "env")
    if not isinstance(function, ast.Attribute):
        return False
    base = function.value
    owner = base.attr if isinstance(base, ast.Attribute) else getattr(base, "id", "")
    is_env = "env" in owner.lower() and function.attr in ("get", "str", "get_value")
    return is_env or function.attr == "getenv"


def _remember_keys(tree):
    for statement in ast.walk(tree):
        if isinstance(statement, ast.Assign):
            names = [getattr(target, "id", "") for target in statement.targets]
        elif isinstance(statement, ast.AnnAssign) and statement.value is not None:
            names = [getattr(statement.target, "id", "")]
        else:
            continue
        if "SECRET_KEY" in names:
            values = [_literal(part) for part in ast.walk(statement.value)]
            literal_keys.update(value for value in values if isinstance(value, str) and value)


def _literal(node):
    try:
        return ast.literal_eval(node)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return None


def _node(value):
    return ast.parse(repr(value), mode="eval").body


def _at(node, former):
    for part in ast.walk(node):
        ast.copy_location(part, former)
    return node
