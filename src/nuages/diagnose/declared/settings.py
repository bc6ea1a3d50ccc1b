"""Causes in the settings, in what they read, and in the code that they name."""

from __future__ import annotations

import re

from nuages.diagnose.cause import Cause, Found, Values, raised, said

_READS = re.compile(r"environ\b|getenv|env\(|\benv\[|config\(")
_NEW_SYNTAX = (
    # What a line has, and the first Python that knows it.
    (re.compile(r"^\s*match\b.*:$"), "3.10"),
    (re.compile(r":="), "3.8"),
    (re.compile(r"""\bf["']"""), "3.6"),
    (re.compile(r"^\s*except\*"), "3.11"),
    (re.compile(r"^\s*type \w+ ="), "3.12"),
)
_NEW_TYPES = (
    (re.compile(r":.*\w\]? \| (?:None\b|\w+)"), "3.10"),
    (re.compile(r"\b(?:list|dict|set|tuple|type|frozenset)\["), "3.9"),
)
_PRINT = r"Missing parentheses in call to '(?:print|exec)'"


def _variable(found: Found) -> Values | None:
    """A KeyError is about a variable only where the line that raised it reads one."""
    frames = found.output.frames
    if not frames:
        return None
    code = found.output.lines[frames[-1].number : frames[-1].number + 1]
    name = found.groups["name"]
    return {} if code and _READS.search(code[0]) and name in code[0] else None


def _new_syntax(found: Found) -> Values | None:
    return _newer(found, _NEW_SYNTAX)


def _new_types(found: Found) -> Values | None:
    return _newer(found, _NEW_TYPES)


def _newer(found: Found, signs: tuple[tuple[re.Pattern[str], str], ...]) -> Values | None:
    """Only where the line has something that the Python in use does not know."""
    frames = found.output.frames
    code = found.output.lines[frames[-1].number : frames[-1].number + 1] if frames else ()
    python = _minor(found.context.python)
    for expression, first in signs if code and python else ():
        if expression.search(code[0]) and python < _minor(first):
            return {"first": first, "code": code[0].strip()}
    return None


def _minor(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".")[:2] if part.isdigit())


def _file(found: Found) -> Values | None:
    path = found.groups["path"]
    inside = path.startswith("/app/") or not path.startswith("/")
    return {"path": path.removeprefix("/app/")} if inside else None


VARIABLE = Cause(
    "diagnose.C110",
    "The variable {name} is not set",
    "The settings read it from the environment, and do not load without it.",
    "nuages config {app} set {name}=VALUE",
    (
        raised("KeyError", r"'(?P<name>[A-Z][A-Z0-9_]+)'$"),
    ),
    _variable,
)  # fmt: skip
VARIABLE_TOLD = Cause(
    "diagnose.C111",
    "The variable {name} is not set",
    "The settings read it from the environment, and do not load without it.",
    "nuages config {app} set {name}=VALUE",
    (
        raised("ImproperlyConfigured", r"Set the (?P<name>\w+) environment variable"),
        raised("UndefinedValueError", r"(?P<name>\w+) not found\. Declare it as envvar"),
        raised(
            "EnvNotSetError|EnvError", r'Environment variable "?(?P<name>\w+)"? (?:is )?not set'
        ),
        said(r"(?:^|: )(?:KeyError|SettingsError): the variable (?P<name>\w+) is not set"),
    ),
)
SECRET_KEY = Cause(
    "diagnose.C112",
    "SECRET_KEY is empty",
    "The settings read it from a variable that is not set, or from a file that is not there. "
    "Without the overlay nobody fills it in.",
    "nuages config {app} set SECRET_KEY=VALUE (a long random text; the variable may have another "
    "name in the settings)",
    (raised("ImproperlyConfigured", r"The SECRET_KEY setting must not be empty"),),
)
LABELS = Cause(
    "diagnose.C113",
    "Two apps in INSTALLED_APPS have the label '{label}'",
    "The label of an app is the last part of its name. It is listed twice, or two apps are called "
    "alike.",
    "Remove one line, or give one of them in its apps.py a label of its own: label = 'OTHER'",
    (
        raised(
            "ImproperlyConfigured", r"Application labels aren't unique, duplicates: (?P<label>\w+)"
        ),
    ),
)
WSGI = Cause(
    "diagnose.C114",
    "WSGI_APPLICATION is {name}, and there is no such thing",
    "The module cannot be imported, or it has another name for the application.",
    "Write in the settings: WSGI_APPLICATION = 'PROJECT.wsgi.application'",
    (raised("ImproperlyConfigured", r"WSGI application '(?P<name>[\w.]+)' could not be loaded"),),
)
NOT_READY = Cause(
    "diagnose.C115",
    "Models are imported before Django has loaded its apps",
    "An __init__.py, an apps.py or the settings import models, or something that does, at their "
    "top.",
    "Move the import at the place shown into the function, or into ready() of the AppConfig",
    (raised("AppRegistryNotReady", r"(?:Apps|Models) aren't loaded yet"),),
)
NOT_INSTALLED = Cause(
    "diagnose.C116",
    "The model {model} is in no app of INSTALLED_APPS",
    "Django makes tables for the models of the apps in INSTALLED_APPS only.",
    "Add '{package}' to INSTALLED_APPS",
    (
        raised(
            "RuntimeError",
            r"Model class (?P<model>(?P<package>[\w.]+?)(?:\.models)?(?:\.\w+)?\.\w+) doesn't "
            r"declare an explicit app_label",
        ),
    ),
    lambda found: {"package": found.groups["model"].partition(".models.")[0].strip(".")},
)
APP_CONFIG = Cause(
    "diagnose.C117",
    "INSTALLED_APPS names {module}.{name}, and the module has no such class",
    "The name is misspelt, or the class was renamed.",
    "Write one of {choices} in place of '{name}'",
    (
        raised(
            "ImportError|ImproperlyConfigured",
            r"Module '(?P<module>[\w.]+)' does not contain a '(?P<name>\w+)' class\. Choices are: "
            r"(?P<choices>[^.]+)\.",
        ),
    ),
)
NOT_CONFIGURED = Cause(
    "diagnose.C118",
    "The setting {name} is read, and no settings are chosen",
    "DJANGO_SETTINGS_MODULE is not set where the code reads a setting.",
    "Name the module in deploy.toml: [build] settings",
    (
        raised(
            "ImproperlyConfigured", r"Requested setting (?P<name>\w+), but settings are not conf"
        ),
    ),
)
PYTHON_2 = Cause(
    "diagnose.C119",
    "The code is written for Python 2",
    "`print` without parentheses is not Python 3. Nuages runs Python 3 alone.",
    "Convert the code, for example with 2to3 of Python 3.12 or older: 2to3 -w .",
    (raised("SyntaxError", _PRINT),),
)
PYTHON_TOO_OLD = Cause(
    "diagnose.C120",
    "{python} does not know what stands in '{code}'; {first} was the first to",
    "The code was written for a newer Python.",
    'Write in deploy.toml: [build] python = "{first}"',
    (raised("SyntaxError", r"invalid syntax"),),
    _new_syntax,
)
TYPES_TOO_NEW = Cause(
    "diagnose.C129",
    "{python} does not know the types in '{code}'; {first} was the first to",
    "The code was written for a newer Python.",
    'Write in deploy.toml: [build] python = "{first}"',
    (
        raised("TypeError", r"'type' object is not subscriptable"),
        raised("TypeError", r"unsupported operand type\(s\) for \|: '\w+' and '\w+'"),
    ),
    _new_types,
)
NOT_UTF8 = Cause(
    "diagnose.C121",
    "A source file is not in UTF-8",
    "Python reads source code as UTF-8 where the file does not say otherwise.",
    "Save the file that is shown as UTF-8, or write at its top: # -*- coding: latin-1 -*-",
    (
        raised("SyntaxError", r"\(unicode error\) 'utf-8' codec can't decode"),
        raised("SyntaxError", r"(?:Non-UTF-8 code starting with|encoding problem)"),
    ),
)
SYNTAX = Cause(
    "diagnose.C122",
    "A file of the project is not valid Python: {words}",
    "Python cannot read the file, so nothing that imports it can run.",
    "Mend the line that is shown",
    (raised("SyntaxError|IndentationError|TabError", r"(?P<words>.+)"),),
    lambda found: {} if found.output.place[0] else None,
)
DOTENV = Cause(
    "diagnose.C123",
    "The settings open the file {path}, which is not deployed",
    "Files with secrets stay out of images; their values belong into config vars, which the app "
    "gets as environment variables.",
    "Set what the file holds: nuages config {app} set NAME=VALUE; and let the settings do without "
    "the file",
    (
        raised(
            "FileNotFoundError",
            r"\[Errno 2\] No such file or directory: '(?P<path>(?:[^']*/)?\.env[\w.]*)'",
        ),
    ),
    _file,
)
LOG_FOLDER = Cause(
    "diagnose.C124",
    "LOGGING has a handler '{handler}' that cannot be set up",
    "Most often its file lies in a folder that is not there or that the app may not write.",
    "Let it write to standard error, which is the app's log: 'class': 'logging.StreamHandler' "
    "without a filename",
    (raised("ValueError", r"Unable to configure handler '(?P<handler>[^']+)'"),),
)
FILE_MISSING = Cause(
    "diagnose.C125",
    "The code opens the file {path}, which is not in the source",
    "It was never added, or an ignore file keeps it out: files with secrets are left out of "
    "images.",
    "Add the file to the source; for a secret, read a variable instead: nuages config {app} set "
    "NAME=VALUE",
    (raised("FileNotFoundError", r"\[Errno 2\] No such file or directory: '(?P<path>[^']+)'"),),
    _file,
)
TIME_ZONE = Cause(
    "diagnose.C126",
    "TIME_ZONE is {zone}, and there is no such time zone",
    "It is a name of the IANA data base, such as Europe/Paris.",
    "Correct it in the settings: TIME_ZONE = 'UTC'",
    (raised("ValueError", r"Incorrect timezone setting: (?P<zone>\S+)"),),
)
ZONE_DATA = Cause(
    "diagnose.C127",
    "There are no data of the time zone {zone}",
    "Python takes them from the system or from the package tzdata, and neither has this name.",
    "{add}",
    (raised("ZoneInfoNotFoundError", r"['\"]No time zone found with key (?P<zone>[^'\"\s]+)"),),
    lambda found: {"add": found.context.add("tzdata")},
)
ENCODING = Cause(
    "diagnose.C128",
    "A file that the code reads is not in {codec}",
    "open() without an encoding takes the one of the system, which is UTF-8 here.",
    "Save the file as UTF-8, or name its encoding: open(NAME, encoding='latin-1')",
    (raised("UnicodeDecodeError", r"'(?P<codec>[\w-]+)' codec can't decode byte"),),
)
