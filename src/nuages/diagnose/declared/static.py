"""Causes in static files: what a manifest or a stylesheet names and nobody has."""

from __future__ import annotations

from nuages.diagnose.cause import Cause, raised

NO_ENTRY = Cause(
    "diagnose.C090",
    "A template names the static file {file}, which was not collected",
    "With a manifest, a name that collectstatic did not find is an error. The file is not in the "
    "source, it is made by a front-end build that did not run, or its name is misspelt.",
    "Add the file to a folder static of an app, or to STATICFILES_DIRS; `nuages check` says what "
    "is left out of the source",
    (raised("ValueError", r"Missing staticfiles manifest entry for '(?P<file>[^']+)'"),),
)
SOURCE_MAP = Cause(
    "diagnose.C091",
    "A script or stylesheet names the source map {file}, which is not there",
    "The last line of the file says sourceMappingURL. A storage with a manifest follows it.",
    "Add the map, or remove the line sourceMappingURL from the file that names it",
    (raised("ValueError", r"The file '(?P<file>[^']+\.map)' could not be found with <"),),
)
NO_FILE = Cause(
    "diagnose.C092",
    "A stylesheet or script names the file {file}, which is not there",
    "A storage with a manifest follows every url() of a stylesheet.",
    "Add the file, or remove the reference to it",
    (raised("ValueError", r"The file '(?P<file>[^']+)' could not be found with <"),),
)
NO_ROOT = Cause(
    "diagnose.C093",
    "STATIC_ROOT is not set",
    "collectstatic copies all static files into one folder, and needs to be told which.",
    "Write in the settings: STATIC_ROOT = BASE_DIR / 'staticfiles'",
    (raised("ImproperlyConfigured", r"You're using the staticfiles app without having set the S"),),
)
