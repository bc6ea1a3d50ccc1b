"""What can go wrong while a source is taken."""

from __future__ import annotations

from nuages.core.errors import EXIT_PROJECT, EXIT_USAGE, ErrorCode

MISSING = ErrorCode(
    "source.E001",
    "There is nothing at this path",
    "Name the project's folder, or a zip of it.",
    "A source is a folder or a zip archive that can be read.",
    exit_code=EXIT_USAGE,
)
EMPTY = ErrorCode(
    "source.E002",
    "The source has no files",
    "Check the path; `nuages check PATH` shows what was left out, and by which rule.",
    "Either the folder or archive is empty, or ignore rules leave all of it out.",
    exit_code=EXIT_PROJECT,
)
UNREADABLE = ErrorCode(
    "source.E003",
    "A file of the project cannot be read",
    "Let the user that runs Nuages read it: chmod a+rX on the file and its folders.",
    "A source is taken whole or not at all, so one unreadable file stops it.",
    exit_code=EXIT_PROJECT,
)
DISK_FULL = ErrorCode(
    "source.E004",
    "The disk is full",
    "Free some space where NUAGES_HOME lies, then try again; nothing was changed.",
    "The half-made copy was removed.",
    retryable=True,
)
CHANGING = ErrorCode(
    "source.E005",
    "A file changed or vanished while it was read",
    "Try again when nothing writes to the project's folder.",
    "Something such as a development server or an editor wrote to the folder meanwhile.",
    retryable=True,
)
TOO_LARGE = ErrorCode(
    "source.E006",
    "The source is too large",
    "Leave out data and build results: name them in .gitignore or .dockerignore.",
    "A source has a limit on its size and on its number of files, after ignore rules.",
    exit_code=EXIT_PROJECT,
)
NOT_A_ZIP = ErrorCode(
    "source.E010",
    "This is not a zip archive that can be read",
    "Make the archive with: nuages pack",
    "Archives are zip files, with entries stored or deflated.",
    exit_code=EXIT_PROJECT,
)
UNSAFE_PATH = ErrorCode(
    "source.E011",
    "The archive has an entry that would be written outside of it",
    "Make the archive again from the project's own folder: nuages pack",
    "Absolute paths, drive letters and `..` are refused; nothing was written.",
    exit_code=EXIT_PROJECT,
)
UNSAFE_LINK = ErrorCode(
    "source.E012",
    "The archive has a symbolic link that leads out of it",
    "Replace the link by the file it means.",
    "A link may only point to something inside of the archive, by a relative path.",
    exit_code=EXIT_PROJECT,
)
SPECIAL_FILE = ErrorCode(
    "source.E013",
    "The archive has an entry that is neither file, folder nor link",
    "Make the archive again without devices, pipes and sockets: nuages pack",
    exit_code=EXIT_PROJECT,
)
OVERLAPPING = ErrorCode(
    "source.E014",
    "Entries of the archive overlap",
    "Make the archive again: nuages pack",
    "Two entries share a name, or the same bytes of the archive; tools disagree about what "
    "such an archive contains.",
    exit_code=EXIT_PROJECT,
)
ENCRYPTED = ErrorCode(
    "source.E015",
    "The archive is encrypted",
    "Make it again without a password: nuages pack",
    exit_code=EXIT_PROJECT,
)
ARCHIVE_TOO_LARGE = ErrorCode(
    "source.E016",
    "The archive's contents are too large",
    "Leave out data and build results; `nuages pack` does it by .gitignore and .dockerignore.",
    "What is unpacked is counted while it is written, whatever the archive claims.",
    exit_code=EXIT_PROJECT,
)
FILE_TOO_LARGE = ErrorCode(
    "source.E017",
    "A file in the archive is too large",
    "Leave it out, and upload it to the app's /data or to an object store instead.",
    exit_code=EXIT_PROJECT,
)
TOO_MANY = ErrorCode(
    "source.E018",
    "The archive has too many entries",
    "Leave out what is installed or built; `nuages pack` does it.",
    exit_code=EXIT_PROJECT,
)
BOMB = ErrorCode(
    "source.E019",
    "The archive is compressed beyond belief",
    "Make the archive again without the file that is named.",
    "A small archive that unpacks to a hundred times its size is taken for an attack.",
    exit_code=EXIT_PROJECT,
)
DAMAGED = ErrorCode(
    "source.E020",
    "The archive is damaged",
    "Make it again and upload it again: nuages pack",
    "An entry's contents do not fit its checksum or its recorded size.",
    exit_code=EXIT_PROJECT,
)
CODES = (
    MISSING,
    EMPTY,
    UNREADABLE,
    DISK_FULL,
    CHANGING,
    TOO_LARGE,
    NOT_A_ZIP,
    UNSAFE_PATH,
    UNSAFE_LINK,
    SPECIAL_FILE,
    OVERLAPPING,
    ENCRYPTED,
    ARCHIVE_TOO_LARGE,
    FILE_TOO_LARGE,
    TOO_MANY,
    BOMB,
    DAMAGED,
)
