"""Rules about which settings are taken, and whether they are there."""

from __future__ import annotations

from nuages.inspect.declared.kinds import error, remark, warning

NO_SETTINGS = error(
    "E004",
    "The settings module does not exist",
    "Django needs a settings module. The one that is named, or any, is not in the source.",
    "Name it in deploy.toml: [build] settings",
)
COPY_EXAMPLE = error(
    "E011",
    "Settings that are to be copied from an example are missing",
    "The settings cannot be loaded without the file. The project has an example of it, which "
    "somebody has to copy and fill in.",
    "Copy the example to where the file is expected; no ignore file may name the copy.",
)
SETTINGS_MISSING = warning(
    "W004",
    "A settings module that is named does not exist",
    "wsgi.py, asgi.py and manage.py may each name a settings module; the next one is taken.",
    "Correct the name, or name the module in deploy.toml: [build] settings",
)
PRODUCTION_PREFERRED = remark(
    "W005",
    "Production settings are taken instead of development settings",
    "manage.py or wsgi.py names settings for development, and settings for production lie beside.",
    "To choose another module, name it in deploy.toml: [build] settings",
)
SETTINGS_DIFFER = remark(
    "W007",
    "manage.py and wsgi.py name different settings",
    "The app, its workers and its commands run with the same settings. wsgi.py is believed first, "
    "because it is made for serving.",
    "To choose the other module, name it in deploy.toml: [build] settings",
)
PRODUCTION_PASSED_OVER = warning(
    "W008",
    "Production settings are passed over, because they cannot be loaded",
    "They import a module that is not in the source. The settings that are named load without it.",
    "Add the module, or name the settings in deploy.toml: [build] settings",
)
SETTINGS_COMPUTED = remark(
    "W009",
    "The name of the settings module is computed",
    "A part of it is only known when the app runs; the module for production is taken.",
    "To choose another module, name it in deploy.toml: [build] settings",
)
CONFIGURATION_PREFERRED = remark(
    "W018",
    "A class of settings for production is taken",
    "The settings are classes of django-configurations, and none for production is named.",
    "To choose another class: nuages config APP set --plain DJANGO_CONFIGURATION=NAME",
)
IMPORT_ABSENT = warning(
    "W017",
    "The settings import a module that is not in the source",
    "Unless the build makes the file, the settings cannot be loaded.",
    "Add the file, or put the import into try: … except ImportError: pass",
)
FILE_ABSENT = warning(
    "W161",
    "The settings read a file that is not in the source",
    "Unless the build makes the file, the settings cannot be loaded. Files with secrets stay out "
    "of repositories and images; their values belong into config vars.",
    "Read each value from a variable, os.environ['NAME'], and set it: "
    "nuages config APP set NAME=VALUE; or add the file, where nothing in it is secret",
)
KEY_FILE_ABSENT = remark(
    "W231",
    "The file with the secret key is not in the source",
    "Keys stay out of repositories and images. Where the file is not there, the app gets a key of "
    "its own, the same over all releases.",
    "Nothing; or read it from a variable: SECRET_KEY = os.environ['SECRET_KEY']",
)
EXAMPLE_TAKEN = warning(
    "W019",
    "An example takes the place of settings that are missing",
    "The settings cannot be loaded without the file, which somebody is expected to copy from an "
    "example. The app runs with the example as it is; the overlay corrects what is unsafe in it.",
    "Copy the example to where the file is expected, and fill it in; no ignore file may name it.",
    strict=True,
)
