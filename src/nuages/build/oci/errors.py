"""What can go wrong with an image's content."""

from nuages.core.errors import ErrorCode

BLOB_DAMAGED = ErrorCode(
    "build.E080",
    "Content of an image is damaged",
    "Build again: what is damaged has been set aside, and is made anew.",
    "Everything in an image is named by the digest of its bytes, which is checked when it is "
    "read. A disk that fails, or somebody who wrote into the store, changed them.",
    retryable=True,
)
BLOB_MISSING = ErrorCode(
    "build.E081",
    "Content of an image is not in the store",
    "Build again: it is made anew.",
    retryable=True,
)
NO_ENGINE = ErrorCode(
    "build.E083",
    "There is no container engine to load the image into",
    "Install Docker or podman, or write a file instead: nuages build -o image.tar",
    "The image itself is made without one, and is in the store.",
)
ENGINE_REFUSED = ErrorCode(
    "build.E084",
    "The container engine did not take the image",
    "See that it runs and that you may use it: docker info",
    "`nuages build --load` hands the image to `docker load`, or to `podman load` where there is no "
    "docker. The lines shown are the engine's own.",
)
OUTPUT_FAILED = ErrorCode(
    "build.E082",
    "The image could not be written where it was wanted",
    "Give another place with -o, or make room there; the image itself is in the store.",
)
