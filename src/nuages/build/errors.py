"""What can go wrong in a build."""

from nuages.core.errors import EXIT_CONFLICT, EXIT_FORBIDDEN, EXIT_PROJECT, ErrorCode

NO_PYTHON = ErrorCode(
    "build.E001",
    "No interpreter of the wanted Python version",
    'Install that version, or ask for another one in deploy.toml: [build] python = "3.12"',
    "The project names a Python version that is neither on this machine nor to be fetched.",
)
PACKAGES_FAILED = ErrorCode(
    "build.E002",
    "The project's packages could not be installed",
    "Mend the line of the dependency file that the lines above name, then deploy again.",
    "uv could not resolve or install the dependencies. The lines shown are uv's own.",
    exit_code=EXIT_PROJECT,
)
LOCK_UNREADABLE = ErrorCode(
    "build.E003",
    "The lock file could not be read",
    "Make it anew with: uv lock",
    "uv could not turn uv.lock into a list of packages, most often because it does not fit "
    "pyproject.toml any more.",
    exit_code=EXIT_PROJECT,
)
SETTINGS_FAILED = ErrorCode(
    "build.E004",
    "Django could not be set up with the project's settings",
    "Mend the line shown; `nuages check` shows what was found of the project.",
    "The settings module, or something that it imports, raised when it was loaded in the built "
    "environment, without network and without config vars that are hidden.",
    exit_code=EXIT_PROJECT,
)
COLLECTSTATIC_FAILED = ErrorCode(
    "build.E005",
    "Static files could not be collected",
    "Mend the file that the lines above name; `python manage.py collectstatic` shows the same.",
    exit_code=EXIT_PROJECT,
)
IMAGE_MISSING = ErrorCode(
    "build.E006",
    "An image is not in the store",
    "Deploy the app again; its image was removed or its folder damaged.",
    exit_code=EXIT_CONFLICT,
)
DISK_FULL = ErrorCode(
    "build.E007",
    "The disk is full",
    "Free some space where NUAGES_HOME lies, then deploy again; nothing was changed.",
    retryable=True,
)
PACKAGES_LACKED = ErrorCode(
    "build.E030",
    "A package cannot be compiled, because this machine lacks what that takes",
    "Install the system packages named above, then deploy again.",
    "A distribution of PyPI has no wheel that fits, so it is compiled. A compiler, headers or "
    "libraries of the system are missing. `nuages deploy --install-packages` installs them, where "
    "the platform is root's.",
)
APT_FAILED = ErrorCode(
    "build.E031",
    "System packages could not be installed",
    "Look at apt's lines above. A package of another name in this release of the system is named "
    "in deploy.toml: [build] packages",
    "apt-get ended with an error. Nothing of the app was changed; the next deployment with "
    "--install-packages goes on where apt stopped.",
)
APT_FORBIDDEN = ErrorCode(
    "build.E032",
    "This platform cannot install system packages",
    "Install them yourself, as root, and deploy again without --install-packages.",
    "Only a platform that runs as root, on a system with apt, can install packages.",
    exit_code=EXIT_FORBIDDEN,
)
LIBRARIES_LACKED = ErrorCode(
    "build.E033",
    "The app needs libraries that this machine lacks",
    "Install the system packages named above, then deploy again.",
    "Django could not be set up, because a package loads a library of the system that is not "
    "there. `nuages deploy --install-packages` installs it, where the platform is root's.",
)
PROBE_FAILED = ErrorCode(
    "build.E008",
    "The built environment could not be started",
    "Look at the lines above; `nuages status` shows whether this machine can run sandboxes.",
)
