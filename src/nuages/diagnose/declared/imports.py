"""Causes of imports that fail: what is not there, and what is of another version."""

from __future__ import annotations

import difflib
import re

from nuages.diagnose.cause import Cause, Found, Values, adds, raised
from nuages.diagnose.distributions import distribution_of
from nuages.diagnose.versions import (
    last_python_of,
    last_python_with,
    newer_django_with,
    older_django_with,
)

_MISSING = raised("ModuleNotFoundError|ImportError", r"No module named '?(?P<module>[\w.]+)'?")
_NO_NAME = raised(
    "ImportError",
    r"cannot import name '?(?P<name>\w+)'? from '(?P<module>[\w.]+)'(?: \((?P<path>[^)]*)\))?",
)


def _old_python(found: Found) -> Values | None:
    last = last_python_of(found.groups["module"])
    if not last or found.groups["module"] in found.context.modules:
        return None
    return {"last": last} if _is_after(found.context.python, last) else None


def _old_python_name(found: Found) -> Values | None:
    last = last_python_with(found.groups["module"], found.groups["name"])
    return {"last": last} if last and _is_after(found.context.python, last) else None


def _old_django(found: Found) -> Values | None:
    name = found.groups.get("name", "")
    version = older_django_with(found.groups["module"], name)
    what = f"{found.groups['module']}.{name}".rstrip(".")
    # In the one that dropped it, it is gone already.
    if not version or _is_after(version, found.context.django, or_unknown=False):
        return None
    return {"version": version, "what": what}


def _new_django(found: Found) -> Values | None:
    name = found.groups["name"]
    version = newer_django_with(found.groups["module"], name)
    if not version or not _is_after(version, found.context.django):
        return None
    return {"version": version, "what": f"{found.groups['module']}.{name}"}


def _is_after(one: str, other: str, *, or_unknown: bool = True) -> bool:
    """Whether version `one` is a later feature release than `other`; `or_unknown` where one of
    them is not known."""
    pair = [tuple(map(int, re.findall(r"\d+", version)[:2])) for version in (one, other)]
    return pair[0] > pair[1] if all(pair) else or_unknown


def _own_module(found: Found) -> Values | None:
    """Python names the first part that is missing: what stands before a dot is there."""
    module, modules = found.groups["module"], found.context.modules
    top, _, rest = module.partition(".")
    is_own = top in modules or (not modules and not distribution_of(top) and top != "django")
    if not rest or module in modules or not is_own:
        return None
    return {"path": module.replace(".", "/") + ".py"}


def _package_module(found: Found) -> Values | None:
    top, _, rest = found.groups["module"].partition(".")
    if not rest or top in found.context.modules or top == "django":
        return None
    return {"package": distribution_of(top) or top}


def _misspelt(found: Found) -> Values | None:
    module, modules = found.groups["module"], found.context.modules
    top = module.partition(".")[0]
    tops = sorted({name.partition(".")[0] for name in modules})
    same = [name for name in tops if name.casefold() == top.casefold()]
    known = distribution_of(module)
    near = same or ([] if known else difflib.get_close_matches(top, tops, n=1, cutoff=0.8))
    return {"top": top, "near": near[0]} if near and top not in tops else None


def _known(found: Found) -> Values | None:
    module = found.groups["module"]
    distribution = distribution_of(module)
    if not distribution or "." in module or module in found.context.modules:
        return None
    return {"distribution": distribution, "add": found.context.add(distribution)}


def _unknown(found: Found) -> Values | None:
    module = found.groups["module"]
    if "." in module or module == "django" or module in found.context.modules:
        return None
    return {"add": found.context.add(module)}


def _django_name(found: Found) -> Values | None:
    return {} if found.groups["module"].partition(".")[0] == "django" else None


def _package_name(found: Found) -> Values | None:
    """Only where the file shows that the module is an installed one."""
    if not re.search(r"/(?:site|dist)-packages/", found.groups["path"]):
        return None
    top = found.groups["module"].partition(".")[0]
    return {"package": distribution_of(top) or top}


CIRCULAR = Cause(
    "diagnose.C060",
    "Two modules import each other: '{module}' is not loaded yet",
    "Python runs a module from its top. One that is imported again before it has come to its end "
    "has only the names from above that place.",
    "Move the import of {module} into the function that needs it, or what both need into a third "
    "module",
    (
        raised(
            "ImportError",
            r"cannot import name '\w+' from partially initialized module '(?P<module>[\w.]+)'",
        ),
        raised(
            "AttributeError", r"partially initialized module '(?P<module>[\w.]+)' has no attribute"
        ),
    ),
)
PKG_RESOURCES = Cause(
    "diagnose.C061",
    "The module 'pkg_resources' is not installed",
    "It is a part of setuptools, which a new environment does not have by itself, and which lost "
    "it in version 82.",
    "{add}",
    (raised("ModuleNotFoundError", r"No module named '?pkg_resources\b"),),
    adds("setuptools<81"),
)
PYTHON_TOO_NEW = Cause(
    "diagnose.C062",
    "{python} has no module '{module}' any more; {last} was the last with it",
    "The code, or a package in the version that is installed, was written for an older Python.",
    'Write in deploy.toml: [build] python = "{last}"',
    (_MISSING,),
    _old_python,
)
PYTHON_NAME_GONE = Cause(
    "diagnose.C063",
    "{python} has no '{module}.{name}' any more; {last} was the last with it",
    "The code, or a package in the version that is installed, was written for an older Python.",
    'Write in deploy.toml: [build] python = "{last}"',
    (
        _NO_NAME,
        raised("AttributeError", r"module '(?P<module>\w+)' has no attribute '(?P<name>\w+)'"),
    ),
    _old_python_name,
)
DJANGO_TOO_NEW = Cause(
    "diagnose.C064",
    "{django} is too new for the code: '{what}' was removed in {version}",
    "The code, or an app that it uses, was written for an older Django.",
    "Write in {requirements}: Django<{version}",
    (_NO_NAME, _MISSING),
    _old_django,
)
DJANGO_TOO_OLD = Cause(
    "diagnose.C065",
    "{django} is too old for the code: '{what}' came with {version}",
    "The code, or an app that it uses, was written for a newer Django.",
    "Write in {requirements}: Django>={version}",
    (_NO_NAME,),
    _new_django,
)
DJANGO_NAME = Cause(
    "diagnose.C066",
    "{django} has no '{name}' in {module}",
    "The code, or an app that it uses, was written for another Django; or the name is misspelt.",
    "Name the version of Django that the code was written for in {requirements}, or correct the "
    "import",
    (_NO_NAME,),
    _django_name,
)
PACKAGE_NAME = Cause(
    "diagnose.C067",
    "The installed version of {package} has no '{name}' in {module}",
    "The package has changed since the code, or another package that uses it, was written.",
    "Name the version that fits in {requirements}: {package}==VERSION",
    (_NO_NAME,),
    _package_name,
)
ON_DELETE = Cause(
    "diagnose.C068",
    "{django} is too new for the code: ForeignKey has no default for on_delete since 2.0",
    "The models were written for Django 1.11 or older.",
    "Write in {requirements}: Django<2.0, or give each ForeignKey and OneToOneField an on_delete",
    (
        raised(
            "TypeError",
            r"(?:\w+\.)?__init__\(\) missing 1 required positional argument: 'on_delete'",
        ),
    ),
)
OWN_MODULE = Cause(
    "diagnose.C070",
    "The project has no module '{module}'",
    "The package that it should be in is in the source, the module is not: its name is misspelt, "
    "or an ignore file keeps it out of the source.",
    "Correct the name, or add the file {path}; `nuages check` says what is left out",
    (_MISSING,),
    _own_module,
)
MISSPELT = Cause(
    "diagnose.C071",
    "There is no module '{top}'; the project has '{near}'",
    "On Linux upper and lower case differ in the names of files and so of modules.",
    "Write {near} in place of {top}",
    (_MISSING,),
    _misspelt,
)
PACKAGE_MODULE = Cause(
    "diagnose.C069",
    "The installed version of {package} has no module '{module}'",
    "The package has changed since the code, or another package that uses it, was written.",
    "Name the version that fits in {requirements}: {package}==VERSION",
    (_MISSING,),
    _package_module,
)
MODULE_KNOWN = Cause(
    "diagnose.C072",
    "The module '{module}' is not installed; {distribution} brings it",
    "Only what the dependency file names is installed, and what that needs itself.",
    "{add}",
    (_MISSING,),
    _known,
)
MODULE_UNKNOWN = Cause(
    "diagnose.C073",
    "The module '{module}' is not installed",
    "It is not in the source, and no package that the dependency file names brings it. Packages "
    "often have the name of their module, but not always.",
    "{add} (or the package that brings it, if that has another name)",
    (_MISSING,),
    _unknown,
)
