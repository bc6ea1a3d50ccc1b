"""Rules about where the project lies, and what is served."""

from __future__ import annotations

from nuages.inspect.declared.kinds import error, remark, warning

NO_PROJECT = error(
    "E001",
    "manage.py not found",
    "A Django project has a manage.py, or at least a wsgi.py or a settings module. None of them "
    "is in the source.",
    "Ensure manage.py is at the top of the folder or zip, or name its folder: --root DIR",
)
SEVERAL_PROJECTS = error(
    "E002",
    "Several projects, and none stands out",
    "Each folder with a manage.py is a project; only one can be an app.",
    "Name one: --root DIR, or in deploy.toml: [build] root",
)
BAD_ROOT = error(
    "E003",
    "The named root is not in the source",
    "--root and [build] root name a folder of the source, relative to its top.",
    "Name a folder that exists.",
)
PROJECT_TEMPLATE = error(
    "E010",
    "The source is a template of projects, and no project",
    "Its names are still to be filled in, as in `{{ project_name }}`, so nothing in it can run.",
    "Make a project from the template, and deploy the folder that this makes.",
)
NOTHING_SERVED = error(
    "E012",
    "A project of one file has nothing to serve",
    "The file configures Django itself. What is served is imported from it by its name.",
    "Write at the top level of the file: application = get_wsgi_application()",
)
NOT_AT_TOP = warning(
    "W001",
    "manage.py is not at the top",
    "Nuages finds a project in any folder. The Niblit document asks for manage.py at the top.",
    "Ensure manage.py is at the zip root",
    strict=True,
)
NO_MANAGE = warning(
    "W002",
    "manage.py not found",
    "Nuages runs management commands without it. The Niblit document asks for it.",
    "Ensure manage.py is at the zip root",
    strict=True,
)
NO_WSGI = warning(
    "W003",
    "wsgi.py not found",
    "Without it Nuages serves Django's own application for the settings module.",
    "Create wsgi.py beside the settings with standard Django content",
    strict=True,
)
NOT_CALLABLE = warning(
    "W006",
    "WSGI_APPLICATION or ASGI_APPLICATION names nothing",
    "The module that the setting names is not in the source; what was found instead is taken.",
    "Correct the setting.",
)
EXAMPLE = remark(
    "W150",
    "The project is an example of the library around it",
    "The source is a library, and the project its sandbox, example or demo. The library is "
    "installed from the source, with what it needs, and its modules are imported from there.",
    "Nothing has to be done. To deploy another folder: --root DIR",
)
ELSEWHERE = remark(
    "W151",
    "A package lies outside of the project's folder",
    "The project uses a package of the source that is not below the folder of manage.py. That "
    "folder is put on the search path of every process.",
    "Nothing has to be done. To be independent of it, move the package below the folder of "
    "manage.py, or set the config var PYTHONPATH.",
)
