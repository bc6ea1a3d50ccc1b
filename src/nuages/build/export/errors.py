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
NO_ENGINE = ErrorCode(
    "build.E095",
    "There is no container engine to build with",
    "Install Docker or podman; or take [build] dockerfile out of deploy.toml: nuages build needs "
    "no Dockerfile",
    "A Dockerfile of the project's own is built by docker, or by podman where there is no docker.",
)
NO_DOCKERFILE = ErrorCode(
    "build.E096",
    "The Dockerfile is not there",
    "Correct [build] dockerfile in deploy.toml, or take the line out.",
    "The path is relative to the folder of the deploy.toml. What lies outside of the project, or "
    "behind a link that leads out of it, is no part of it.",
    exit_code=EXIT_PROJECT,
)
DOCKERFILE_FAILED = ErrorCode(
    "build.E097",
    "The Dockerfile could not be built",
    "Mend what the lines above name; the engine's own command shows the same: docker build .",
    exit_code=EXIT_PROJECT,
)
NOT_DEPLOYED = ErrorCode(
    "build.E098",
    "An image of a Dockerfile cannot be deployed here",
    "Take [build] dockerfile out of deploy.toml: nuages deploy needs no Dockerfile; or build the "
    "image and run it elsewhere: nuages build PATH --load",
    "The engine of this platform runs images that it has made itself.",
    exit_code=EXIT_PROJECT,
)
NOT_HANDED_OVER = ErrorCode(
    "build.E099",
    "The image cannot go where it was wanted",
    "An image of a Dockerfile is left in its engine, and written to a file: -o FILE.tar. From "
    "there: docker push, or skopeo copy docker-archive:FILE.tar …",
    exit_code=EXIT_USAGE,
)
