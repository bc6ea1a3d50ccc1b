"""Causes in the graph of migrations, and in what models say of each other."""

from __future__ import annotations

from nuages.diagnose.cause import Cause, Found, Values, adds, raised, said

# Fields that are left for old migrations alone, and what took their place.
_SUCCESSORS = {
    "NullBooleanField": "models.BooleanField(null=True, blank=True)",
    "JSONField": "models.JSONField",
    "CommaSeparatedIntegerField": "models.CharField",
    "IPAddressField": "models.GenericIPAddressField",
}


def _successor(found: Found) -> Values | None:
    successor = _SUCCESSORS.get(found.groups["kind"])
    return {"successor": successor} if successor else None


CONFLICT = Cause(
    "diagnose.C040",
    "The app {label} has migrations that both follow the same one: {names}",
    "Two branches of development each added a migration. Django cannot know which comes first.",
    "Join them, keep the new migration in the source, and deploy again: "
    "python manage.py makemigrations --merge",
    (
        said(
            r"Conflicting migrations detected; multiple leaf nodes in the migration graph: "
            r"\((?P<names>[^()]+) in (?P<label>\w+)"
        ),
    ),
)
NO_NODE = Cause(
    "diagnose.C041",
    "The migration {migration} follows {label}.{parent}, which is not there",
    "The file of that migration is not in the source, or it belongs to another version of a "
    "package.",
    "Add the file {label}/migrations/{parent}.py to the source, or correct the dependencies of "
    "{migration}",
    (
        raised(
            "NodeNotFoundError",
            r"Migration (?P<migration>\S+) dependencies reference nonexistent parent node "
            r"\('(?P<label>\w+)', '(?P<parent>\w+)'\)",
        ),
    ),
)
HISTORY = Cause(
    "diagnose.C042",
    "The database has {migration} and not {parent}, which has to come before it",
    "Migrations were added before others that were applied already, most often because the user "
    "model was changed after the first migrate.",
    "With data that may go, begin with an empty database; else record the missing one as applied: "
    "nuages run {app} -- python manage.py migrate --fake {label} {name}",
    (
        raised(
            "InconsistentMigrationHistory",
            r"Migration (?P<migration>\S+) is applied before its dependency "
            r"(?P<parent>(?P<label>\w+)\.(?P<name>\w+)) on database",
        ),
    ),
)
MODEL_NOT_MIGRATED = Cause(
    "diagnose.C043",
    "No migration has made the model {model} by then, to which another one points",
    "A user model of the project's own, or one that a ForeignKey names, needs a migration before "
    "those of the apps that point to it.",
    "Make the migrations, keep them in the source, and deploy again: "
    "python manage.py makemigrations {label}; where a later one renames the model, name it as it "
    "is called until then",
    (
        raised("ValueError", r"Related model '(?P<model>(?P<label>\w+)\.\w+)' cannot be resolved"),
        raised(
            "ValueError",
            r".*was declared with a lazy reference to '(?P<model>(?P<label>\w+)\.\w+)', but app "
            r"'\w+' (?:isn't installed|doesn't provide model)",
        ),
    ),
)
USER_MODEL = Cause(
    "diagnose.C044",
    "AUTH_USER_MODEL is {model}, and the app '{label}' does not provide it",
    "The app that has the user model is not among INSTALLED_APPS, or the name is misspelt.",
    "Add '{label}' to INSTALLED_APPS, or correct AUTH_USER_MODEL",
    (
        raised(
            "ImproperlyConfigured",
            r"AUTH_USER_MODEL refers to model '(?P<model>(?P<label>\w+)\.\w+)' that has not been",
        ),
    ),
)
ACCESSOR_CLASH = Cause(
    "diagnose.C045",
    "The fields {one} and {other} want the same name on the other model",
    "Both point to one model, which would get two attributes of one name. With a user model of "
    "the project's own it is AUTH_USER_MODEL that is missing.",
    "Give one a related_name; where {other} is of the user model, write into the settings: "
    "AUTH_USER_MODEL = 'APP.MODEL'",
    (
        said(
            r"\(fields\.E30[2-5]\) Reverse .+ for '(?P<one>[\w.]+)' clashes with .+ "
            r"'(?P<other>[\w.]+)'"
        ),
    ),
)
PILLOW = Cause(
    "diagnose.C046",
    "The models have an ImageField, and Pillow is not installed",
    "Django reads the size of images with Pillow.",
    "{add}",
    (said(r"\(fields\.E210\)"),),
    adds("Pillow"),
)
FIELD_GONE = Cause(
    "diagnose.C047",
    "{django} has no {kind} any more",
    "The models were written for an older Django.",
    "Write {successor} in place of it",
    (said(r"\(fields\.E90\d\) (?P<kind>\w+) (?:has been|is) removed except"),),
    _successor,
)
ORIGIN_SCHEME = Cause(
    "diagnose.C048",
    "CSRF_TRUSTED_ORIGINS has {origin}, which does not say http or https",
    "Since Django 4.0 each origin begins with its scheme.",
    "Write in the settings: CSRF_TRUSTED_ORIGINS = ['https://{origin}']",
    (said(r"\(4_0\.E001\) .*but found (?P<origin>[^\s,]+?)\. See the release"),),
)
