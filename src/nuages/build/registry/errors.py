"""What can go wrong with a registry of images, and with what names one."""

from nuages.core.errors import (
    EXIT_CONFLICT,
    EXIT_FORBIDDEN,
    EXIT_UNREACHABLE,
    EXIT_USAGE,
    ErrorCode,
)

REFERENCE_INVALID = ErrorCode(
    "build.E040",
    "Not a reference of an image",
    "Write it as HOST/REPOSITORY:TAG, in small letters: registry.example.org/team/polls:1.0",
    "The grammar is that of the OCI distribution specification: a host with an optional port, a "
    "repository of one or several parts in small letters, and a tag or a digest.",
    exit_code=EXIT_USAGE,
)
REGISTRY_UNNAMED = ErrorCode(
    "build.E041",
    "A reference does not say on which registry the image is",
    "Write the registry's host before it, or set NUAGES_REGISTRY to the host.",
    "Nuages has no registry of its own choice: a short name such as `polls:1.0` is completed by "
    "NUAGES_REGISTRY, which is a host or a host and the beginning of a path.",
    exit_code=EXIT_USAGE,
)
REGISTRY_UNREACHABLE = ErrorCode(
    "build.E042",
    "A registry does not answer",
    "Look whether the host and the port are right and the registry runs, then try again.",
    exit_code=EXIT_UNREACHABLE,
    retryable=True,
)
NOT_A_REGISTRY = ErrorCode(
    "build.E043",
    "What answers is not a registry",
    "Write the host and the port of the registry itself, not those of its web page.",
    "A registry of the OCI distribution API answers at `/v2/` with 200, or with 401 and how to log "
    "in. This one answered with something else.",
    exit_code=EXIT_USAGE,
)
LOGIN_REFUSED = ErrorCode(
    "build.E044",
    "A registry does not let us in",
    "Set NUAGES_REGISTRY, NUAGES_REGISTRY_USER and NUAGES_REGISTRY_PASSWORD_FILE, or log in with "
    "`docker login` or `podman login`.",
    exit_code=EXIT_FORBIDDEN,
)
DENIED = ErrorCode(
    "build.E045",
    "A registry does not allow this with that repository",
    "Ask whoever runs the registry for the right to it, or name another repository.",
    exit_code=EXIT_FORBIDDEN,
)
CERTIFICATE_UNTRUSTED = ErrorCode(
    "build.E046",
    "The certificate of a registry is not trusted",
    "Name a file with the certificate of whoever signed it: SSL_CERT_FILE=/path/to/ca.pem",
    "The authorities that this machine trusts, and those in SSL_CERT_FILE, have not signed it, or "
    "it is for another host or past its time.",
)
REGISTRY_FULL = ErrorCode(
    "build.E047",
    "A registry has no room left",
    "Remove images that nobody needs from the registry, or make its disk or quota larger.",
)
BROKEN_OFF = ErrorCode(
    "build.E048",
    "The connection to a registry broke again and again",
    "Try again: what has arrived whole is not sent a second time.",
    "A transfer that breaks is taken up where it was, where the registry can do that. This one "
    "broke several times without getting on. Nothing half-sent counts as an image.",
    exit_code=EXIT_UNREACHABLE,
    retryable=True,
)
TAG_IMMUTABLE = ErrorCode(
    "build.E049",
    "A registry does not let this tag be changed",
    "Push with another tag.",
    "The registry, or the settings of the repository, keep tags as they were first pushed.",
    exit_code=EXIT_CONFLICT,
)
DIGEST_DIFFERS = ErrorCode(
    "build.E050",
    "What a registry has is not what its digest says",
    "Try again; if it happens again, the registry or something on the way to it is broken.",
    "Everything in an image is named by the SHA-256 of its bytes. Nothing whose bytes are others "
    "is kept or called pushed.",
    retryable=True,
)
DOCUMENT_TOO_LARGE = ErrorCode(
    "build.E051",
    "A manifest or a configuration of an image is too large",
    "Use an image whose manifest has at most 4 MiB; those of ordinary images have a few kB.",
)
NOT_IN_REGISTRY = ErrorCode(
    "build.E052",
    "A registry has no such image or repository",
    "Look for a typing error in the repository and the tag. Some registries want a repository to "
    "be made, or a login, before it is there.",
)
NO_PLATFORM = ErrorCode(
    "build.E053",
    "An image is not made for this kind of machine",
    "Use an image that is made for it; those that there are stand above.",
)
IMAGE_UNFIT = ErrorCode(
    "build.E054",
    "An image has a form that is not supported",
    "Use an image with an OCI manifest or a Docker manifest of version 2, schema 2, whose layers "
    "are tars; an old one gets there by being pulled and pushed with a current engine.",
)
REGISTRY_FAILED = ErrorCode(
    "build.E055",
    "A registry fails",
    "Try again later. If it goes on, the registry's own log says why.",
    retryable=True,
)
CREDENTIALS_UNREADABLE = ErrorCode(
    "build.E056",
    "The login for a registry cannot be read",
    "Mend what the line above names, or log in again with `docker login` or `podman login`.",
)
REGISTRY_REFUSED = ErrorCode(
    "build.E057",
    "A registry refuses a request",
    "Read what the registry says above.",
)
LOGIN_IN_THE_CLEAR = ErrorCode(
    "build.E058",
    "A password would be sent without encryption",
    "Use https, or name the host in NUAGES_INSECURE_REGISTRIES if the network is yours alone.",
    "The registry names an address with http for its logins. Passwords go over http only to "
    "this machine itself and to the hosts in NUAGES_INSECURE_REGISTRIES.",
    exit_code=EXIT_FORBIDDEN,
)
