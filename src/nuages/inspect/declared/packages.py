"""Rules about packages and Python."""

from __future__ import annotations

from nuages.inspect.declared.kinds import error, remark, warning

MISSING_REQUIREMENTS = error(
    "E005",
    "A requirements file is missing",
    "A requirements file includes another one that is not in the source.",
    "Add the file, or remove the line.",
)
BAD_REQUIREMENTS = error(
    "E007",
    "A dependency file cannot be read",
    "The packages to install are read from it.",
    "Mend the line that is named.",
)
GUNICORN = warning(
    "W020",
    "Missing gunicorn",
    "The app is served by gunicorn. Nuages adds it.",
    "Add `gunicorn` to requirements.txt",
    strict=True,
)
DJ_DATABASE_URL = warning(
    "W021",
    "Missing dj-database-url",
    "Settings that read DATABASE_URL usually need it. The overlay reads the variable instead.",
    "Add `dj-database-url` to requirements.txt",
    strict=True,
)
WHITENOISE = warning(
    "W022",
    "Static files not found: missing whitenoise",
    "The proxy serves static files, so the app works without it.",
    "Add whitenoise and set STATIC_ROOT",
    strict=True,
)
NO_DEPENDENCIES = warning(
    "W023",
    "No dependency file",
    "Nothing says which packages the project needs. Django is installed, in a version of "
    "Nuages's choice, and nothing else.",
    "Write requirements.txt: pip freeze > requirements.txt",
    strict=True,
)
UNPINNED_DJANGO = warning(
    "W024",
    "Django has no version",
    "The next build may bring another Django, and break the project without a change of its own.",
    "Name the version in the dependency file, for example: Django~=5.2.0",
)
OLD_DJANGO = warning(
    "W025",
    "Django is older than 4.2",
    "That version gets no security fixes, and the Niblit document asks for 4.2 or newer.",
    "Move the project to a newer Django: django>=4.2",
    strict=True,
)
NO_DJANGO = warning(
    "W026",
    "Django is not among the dependencies",
    "It may come with another package; if not, the project cannot start.",
    "Add `django` to the dependency file",
    strict=True,
)
SEVERAL_SYSTEMS = remark(
    "W027",
    "Several dependency files side by side",
    "One is installed from, the others are passed over.",
    "Remove those that are not used.",
)
CONDA_LEFT_OUT = remark(
    "W028",
    "A part of a conda environment was left out",
    "Conda installs programs and libraries of the system too. Packages of Python's are installed "
    "from the package index, under the names that they have there.",
    "Where the app needs one, name its system package in deploy.toml: [build] packages",
)
MODULE_NOT_FOUND = warning(
    "W029",
    "Module not found",
    "A module is used that is neither in the source nor among the dependencies. Unless another "
    "package brings it along, the app cannot start.",
    "Add missing dependency to requirements.txt",
)
ADDED = warning(
    "W070",
    "A package was installed that no dependency names",
    "A module is imported, or named by the settings, that nothing in the dependency file brings. "
    "Nuages took the package from a group, an extra or another file of the project, or from its "
    "table of well-known ones; nothing that is pinned was changed for it.",
    "Add the package to the dependency file",
)
ODD_PYTHON = warning(
    "W030",
    "The wanted Python version cannot be understood",
    "The next source of a version is asked, and Python 3.12 if there is none.",
    'Write a version such as 3.12, or in deploy.toml: [build] python = "3.12"',
)
END_OF_LIFE_DJANGO = warning(
    "W113",
    "This Django gets no security fixes any more",
    "Holes that are found from now on stay open. https://www.djangoproject.com/download/ has the "
    "dates of each release.",
    "Move the project to a Django that is supported: https://docs.djangoproject.com/en/stable/howto/"
    "upgrade-version/",
)
END_OF_LIFE_PYTHON = warning(
    "W114",
    "This Python gets no security fixes any more",
    "Holes that are found from now on stay open. https://devguide.python.org/versions/ has the "
    "dates of each release.",
    'Ask for a newer one, in deploy.toml for example: [build] python = "3.13"',
)
UNPINNED = remark(
    "W115",
    "Packages have no version",
    "The next build may bring other releases of them, and break the project without a change of "
    "its own.",
    "Write the versions down, for example: pip freeze > requirements.txt",
)
