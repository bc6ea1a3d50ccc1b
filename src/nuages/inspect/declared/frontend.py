"""Rules about front ends: what a package.json describes."""

from __future__ import annotations

from nuages.inspect.declared.kinds import remark, warning

BAD_PACKAGE_JSON = warning(
    "W080",
    "A package.json cannot be read",
    "The front end that it describes is not built.",
    "Mend the line that is named.",
)
NODE_UNAVAILABLE = warning(
    "W081",
    "The wanted version of Node.js cannot be had",
    "The front end is built with the nearest version that can; most front ends do not mind.",
    'Ask for another version in deploy.toml, below [build]: node = "22"',
)
NO_FRONT_END_LOCK = warning(
    "W082",
    "A front end has no lock file",
    "The next build may bring other versions of its packages, and another result.",
    "Make one and keep it in the repository: npm install --package-lock-only",
)
NOT_BUILT = remark(
    "W083",
    "A front end is not built",
    "Django refers to nothing that it makes, or what it makes lies in the source.",
    "Nothing, unless Django should serve it: name the folder that it writes in STATICFILES_DIRS.",
)
ODD_NODE = warning(
    "W084",
    "The wanted version of Node.js cannot be understood",
    "The next source of a version is asked, and Node.js 22 if there is none.",
    'Write a version such as 22, or in deploy.toml, below [build]: node = "22"',
)
NO_BUILD_SCRIPT = warning(
    "W085",
    "Django wants files of a front end, and nothing says how they are made",
    "The file is not in the source, and no package.json has a script that could make it.",
    'Add a script to package.json: "build": "COMMAND"; or commit the files.',
)
SEVERAL_LOCKS = remark(
    "W086",
    "A front end has several lock files",
    "Its packages are installed from one of them.",
    "Remove those that are not used.",
)
