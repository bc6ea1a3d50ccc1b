"""Rules about lines of dependency files that are not installed as they stand."""

from __future__ import annotations

from nuages.inspect.declared.kinds import remark, warning

PIP_OPTION = remark(
    "W071",
    "An option for pip was passed over",
    "Packages are installed by uv, in an environment of its own, which has no such option. "
    "A wheel is taken wherever there is one, because compiling takes libraries and time.",
    "Remove the option, if nothing else needs it.",
)
INDEX = remark(
    "W072",
    "A package index was passed over",
    "It is another name of the default index, which packages come from anyway and which moved, "
    "or none that can be reached from here.",
    "Remove the line.",
)
OTHER_SYSTEM = warning(
    "W073",
    "A package of another system was left out",
    "`pip freeze` lists what a machine's own system has installed, too. Such a package is not to "
    "be had, or works on that system alone.",
    "Remove the line, or give it a marker, for example: ; sys_platform == 'win32'",
)
ELSEWHERE = warning(
    "W074",
    "A package is named by a path on another machine",
    "`pip freeze` writes where a package was installed from. That file is not in the source, so "
    "the package comes from the index.",
    "Name the package with its version: pip list --format=freeze > requirements.txt",
)
ADDRESS = remark(
    "W075",
    "The address of a repository was changed",
    "Repositories are served by git's own protocol no more, no key for ssh reaches a build, and "
    "uv installs only folders of the project editable.",
    "Write the address with git+https://, and without -e.",
)
INDEX_UNREACHED = warning(
    "W076",
    "A package index could not be reached",
    "It did not answer during the build. The packages were looked for in the default index alone, "
    "and a build of its own (+cpu) in its ordinary form.",
    "Remove the index, or deploy from where it can be reached.",
)
RELEASE_INSTEAD = warning(
    "W077",
    "A release was installed instead of a repository",
    "The repository could not be reached from here. A release of the same name on the package "
    "index was taken: it may be older, lack changes, or be another project altogether.",
    "Name the release in the dependency file, or deploy from where the repository can be reached.",
)
LATER_RELEASE = warning(
    "W192",
    "A later release was installed instead of one that cannot be had",
    "Its archive is in a format from before 1988, which some tools wrote for long, it asks for a "
    "version that is none (pytz>=2011k), or it has no wheel and cannot be compiled with any Python "
    "that the project goes with. A later release of the same series was taken.",
    "Name the release that was installed in the dependency file.",
)
ODD_NAME = remark(
    "W078",
    "The list of packages has an unusual name",
    "No file of a usual name is there, and this one names Django.",
    "Rename it to requirements.txt",
)
TAKEN_TOO = warning(
    "W180",
    "The packages come from a group, an extra or another list",
    "What is installed from by rule does not name Django, without which nothing starts. Another "
    "list of the project's does, so that one is installed, or added.",
    "Name what the app needs where it is installed from: [project] dependencies, or "
    "requirements.txt",
)
