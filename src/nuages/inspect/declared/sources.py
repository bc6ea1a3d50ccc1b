"""Rules about what lies in the source, and what could not be read."""

from __future__ import annotations

from nuages.inspect.declared.kinds import error, remark, warning

SECRETS_LEFT_OUT = warning(
    "W040",
    "A file with secrets lies in the project",
    "It was left out: secrets belong into config vars, and not into images.",
    "Set what the app needs: nuages config APP set NAME=VALUE; keep the file out of the repository",
)
LINK_LEFT_OUT = warning(
    "W041",
    "A symbolic link leads out of the project",
    "It was left out, because what it points to is not part of the source.",
    "Replace the link by the file or folder it means, or by a relative link inside of the project.",
)
DATABASE_LEFT_OUT = remark(
    "W042",
    "A local database lies in the project",
    "It was left out: the app begins with an empty database in /data.",
    "Load the data into the app yourself, for example by dumpdata and loaddata.",
)
STATIC_LEFT_OUT = warning(
    "W043",
    "A folder of static files was left out",
    "STATICFILES_DIRS names a folder that ignore rules leave out, so its files are missing.",
    "Rename the folder, or take it out of the ignore file.",
)
NOT_PARSED = warning(
    "W044",
    "A file cannot be parsed",
    "Nothing could be learnt from it. It may be written for another version of Python.",
    "Mend the line if it is wrong.",
    strict=True,
)
ODD_ENCODING = warning(
    "W045",
    "A file is not in UTF-8",
    "Other tools may read it differently, or not at all.",
    "Save it as UTF-8.",
)
MIGRATIONS_LEFT_OUT = warning(
    "W047",
    "Migrations are left out by an ignore file",
    "Without them the app's tables are never made.",
    "Take the line out of the ignore file.",
)
WITHOUT_EFFECT = warning(
    "W048",
    "A key of the deploy.toml has no effect yet",
    "This version reads it and does not act on it.",
    "Take the line out, or leave it for a version that knows it.",
)
SUBMODULE_WANTED = error(
    "E013",
    "A submodule is missing that the settings need",
    "The repository takes the folder from another one, and whoever copied it did not fetch that. "
    "Django cannot load the settings without.",
    "Fetch it and deploy again: git submodule update --init --recursive",
)
SUBMODULE_ABSENT = warning(
    "W053",
    "A submodule is missing",
    "The repository takes the folder from another one, and whoever copied it did not fetch that.",
    "Fetch it if the app needs it: git submodule update --init --recursive",
)
LARGE_FILES_ABSENT = warning(
    "W054",
    "Files are kept in Git LFS and were not fetched",
    "Where a picture or a font should be there is a text that points to it, and visitors get that.",
    "Fetch them and deploy again: git lfs pull",
)
