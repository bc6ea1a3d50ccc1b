"""What can go wrong with what is exported, and with a Dockerfile of the project's own."""

from nuages.core.errors import EXIT_CONFLICT, EXIT_PROJECT, EXIT_USAGE, ErrorCode

FILE_DIFFERS = ErrorCode(
    "build.E090",
    "A file is there already, with other content",
    "Have it overwritten: nuages export … --force; or write elsewhere: -o DIR",
    "`nuages export` overwrites nothing that somebody may have written. A file that is the same "
    "is left as it is. All files are looked at before the first is written.",
    exit_code=EXIT_CONFLICT,
)
NO_PLACE = ErrorCode(
    "build.E091",
    "There is no folder to write to",
    "Name one: nuages export … -o DIR",
    "An archive is read, and not written into.",
    exit_code=EXIT_USAGE,
)
NOT_WRITTEN = ErrorCode(
    "build.E092",
    "A file could not be written",
    "Name a folder that you can write to: nuages export … -o DIR",
)
OLD_PYTHON = ErrorCode(
    "build.E093",
    "There is no Dockerfile for a Python this old",
    "Build the image without Docker: nuages build PATH -o image.tar",
    "The exported Dockerfile installs packages with uv, which runs on Python 3.8 and newer.",
    exit_code=EXIT_PROJECT,
)
