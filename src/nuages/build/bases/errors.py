"""What can go wrong with the root file system that an image lies on."""

from nuages.core.errors import EXIT_FORBIDDEN, EXIT_PROJECT, ErrorCode

UNKNOWN_BASE = ErrorCode(
    "build.E060",
    "There is no base of that name",
    'Name one of the bases in deploy.toml: [build] base = "debian@12"',
    "A base is `bare`, a distribution with its version, or an image of a registry, written whole "
    "with the registry's name.",
    exit_code=EXIT_PROJECT,
)
NO_MMDEBSTRAP = ErrorCode(
    "build.E061",
    "The program that makes bases is not installed",
    "As root: apt-get install --no-install-recommends mmdebstrap",
    "Bases of distributions are made with mmdebstrap from the distribution's own packages.",
)
NO_NAMESPACES = ErrorCode(
    "build.E062",
    "This user cannot make a base",
    "Run as root, or give the user a range of subordinate ids.",
    "Packages are unpacked as their root would do it. An ordinary user needs user namespaces, the "
    "programs newuidmap and newgidmap, and a range of ids in /etc/subuid and /etc/subgid.",
    exit_code=EXIT_FORBIDDEN,
)
NO_KEYRING = ErrorCode(
    "build.E063",
    "The keys that a distribution's packages are signed with are not there",
    "Install the package with the keyring named above.",
    "Packages are taken only where a key of the distribution has signed the list that they are in.",
)
MIRROR_UNREACHABLE = ErrorCode(
    "build.E064",
    "The distribution's packages cannot be reached",
    "Check the network, or name a mirror: NUAGES_DEBIAN_MIRROR, NUAGES_UBUNTU_MIRROR.",
    "The lines shown are apt's own. A base that was made once is kept, and needs no network.",
    retryable=True,
)
NO_PACKAGE = ErrorCode(
    "build.E065",
    "A system package does not exist in the base's distribution",
    "Correct the name in deploy.toml: [build] packages",
    "Names of packages differ between distributions and their versions.",
    exit_code=EXIT_PROJECT,
)
BASE_FAILED = ErrorCode(
    "build.E066",
    "A base could not be made",
    "Look at the lines above, which are those of mmdebstrap.",
    "mmdebstrap ended with an error. Nothing half-made is kept.",
    retryable=True,
)
LAYER_BROKEN = ErrorCode(
    "build.E067",
    "A layer of the base image cannot be unpacked",
    "Pull the image again, or name another one as base.",
    "A layer is not the tar that its image's configuration names, or holds what would lie outside "
    "of the root.",
)
LAYER_TOO_LARGE = ErrorCode(
    "build.E068",
    "The base image is too large",
    "Name a smaller image as base.",
    "What an image unpacks to is limited, because a few bytes can unpack to a full disk.",
)
NOT_FITTING = ErrorCode(
    "build.E069",
    "The interpreter does not run on this base",
    'Name a newer base in deploy.toml: [build] base = "debian@13"',
    "A program runs with the version of the GNU C library that it was linked with, or a newer one.",
    exit_code=EXIT_PROJECT,
)
NO_LIBRARY = ErrorCode(
    "build.E070",
    "A library that the interpreter needs is nowhere",
    "Name a base that has it, or the package that brings it: [build] packages",
    "A bare base holds the libraries that programs name in their headers, taken from a full root.",
)
PACKAGES_UNSUPPORTED = ErrorCode(
    "build.E071",
    "System packages cannot be added to this base",
    'Name a distribution as base in deploy.toml: [build] base = "debian@12"',
    "Packages are added to bases that are made from a distribution's packages. An image of a "
    "registry is taken as it is.",
    exit_code=EXIT_PROJECT,
)
