"""Modules that a project wants and that nothing brings: by an import that failed, or by a name in
its settings that Django imports only when it is needed."""

import importlib
import importlib.util

# The settings that hold the dotted name of a class or module, alone or in a list.
_NAMES = (
    "AUTHENTICATION_BACKENDS",
    "DEFAULT_FILE_STORAGE",
    "EMAIL_BACKEND",
    "MIDDLEWARE",
    "SESSION_ENGINE",
    "SESSION_SERIALIZER",
)
# Those that hold tables with such a name.
_TABLES = (("CACHES", "BACKEND"), ("STORAGES", "BACKEND"), ("TEMPLATES", "BACKEND"))


def absent_module(error):
    """The top-level module that is not there, and for want of which `error` was raised; empty
    where it was raised for something else."""
    seen = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        if isinstance(error, ModuleNotFoundError) and error.name:
            top = error.name.partition(".")[0]
            if _is_absent(top):
                return top
        error = error.__cause__ or error.__context__
    return ""


def absent_from(settings):
    """The top-level modules that the settings name and that are not there, sorted."""
    names = []
    for setting in _NAMES:
        value = getattr(settings, setting, None)
        names += [value] if isinstance(value, str) else list(value or ())
    for setting, key in _TABLES:
        tables = getattr(settings, setting, None) or ()
        for table in tables.values() if isinstance(tables, dict) else tables:
            names.append(table.get(key))
            options = table.get("OPTIONS") or {}
            names += options.get("context_processors") or ()
    tops = {name.partition(".")[0] for name in names if isinstance(name, str) and "." in name}
    return sorted(top for top in tops if _is_absent(top))


def _is_absent(top):
    try:
        return importlib.util.find_spec(top) is None
    except (ImportError, ValueError, AttributeError):
        # It is there already, if an odd one.
        return False
