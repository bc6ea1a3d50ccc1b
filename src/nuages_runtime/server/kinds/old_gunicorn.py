"""gunicorn up to 20.1 beside a setuptools that has lost the module which it imports."""

import importlib
import importlib.util
import sys
import types

# Of setuptools before 82. What gunicorn does with it, load workers of other packages, nobody asks
# of it here.
_LOST = "pkg_resources"


def prepare():
    """Have gunicorn imported once with an empty module in that place; nobody else sees it."""
    if importlib.util.find_spec(_LOST) is not None:
        return
    sys.modules[_LOST] = types.ModuleType(_LOST)
    try:
        importlib.import_module("gunicorn.util")
    finally:
        del sys.modules[_LOST]
