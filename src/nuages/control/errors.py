"""What the control plane refuses, and what it says when it was interrupted."""

from nuages.core.errors import (
    EXIT_CONFLICT,
    EXIT_FAILED,
    EXIT_FORBIDDEN,
    EXIT_PROJECT,
    EXIT_USAGE,
    ErrorCode,
)

UNKNOWN_APP = ErrorCode(
    "control.E001",
    "There is no such app",
    "List what there is: nuages apps",
    exit_code=EXIT_CONFLICT,
)
UNKNOWN_THING = ErrorCode(
    "control.E002",
    "There is no such thing",
    "List what there is with the command of the same noun.",
    "The id, version, config var or domain that was asked for does not exist.",
    exit_code=EXIT_CONFLICT,
)
OTHER_SOURCE = ErrorCode(
    "control.E003",
    "An app of this name was made from another source",
    "Say which app you mean: --app NAME",
    "Without --app, a folder is deployed to the app of its own name. That app came from another "
    "folder or archive, so this may be a mistake. With --app it is taken as meant.",
    exit_code=EXIT_CONFLICT,
)
NAME_TAKEN = ErrorCode(
    "control.E004",
    "Another app has this host name already",
    "Choose another name: --app NAME",
    "The environment `test` of `polls` answers at polls-test, and so would an app `polls-test`.",
    exit_code=EXIT_CONFLICT,
)
BAD_VARIABLE = ErrorCode(
    "control.E005",
    "Not a name for a config var",
    "Use letters, digits and underscores, not beginning with a digit: DATABASE_URL",
    exit_code=EXIT_USAGE,
)
RESERVED_VARIABLE = ErrorCode(
    "control.E006",
    "The platform sets this variable itself",
    "Choose another name: PORT, NUAGES_* and LISTEN_* are reserved.",
    exit_code=EXIT_USAGE,
)
BAD_VALUE = ErrorCode(
    "control.E007",
    "Not a value for a config var",
    "Leave out the NUL character; encode binary values, for example in base64.",
    "A variable of a process is text without NUL, and one of them is at most 96 KiB.",
    exit_code=EXIT_USAGE,
)
BAD_REQUEST = ErrorCode(
    "control.E008",
    "The request cannot be understood",
    "Compare it with the description at /api/openapi.json.",
    exit_code=EXIT_USAGE,
)
NOT_CONFIRMED = ErrorCode(
    "control.E009",
    "Destroying an app has to be confirmed by its name",
    "Repeat the name: nuages destroy APP --confirm APP",
    "An environment is removed together with its data.",
    exit_code=EXIT_USAGE,
)
REPLACED = ErrorCode(
    "control.E010",
    "A newer deployment took the place of this one",
    "Follow the newer one: nuages events APP",
    "One deployment runs at a time in an environment; of those that wait, the newest stays.",
    exit_code=EXIT_CONFLICT,
)
INTERRUPTED = ErrorCode(
    "control.E011",
    "The deployment was interrupted before the switch",
    "Run the command again.",
    "The platform was stopped or killed while it worked. What was new was stopped again; the "
    "former release goes on serving.",
    exit_code=EXIT_FAILED,
    retryable=True,
)
FORBIDDEN = ErrorCode(
    "control.E012",
    "Not allowed",
    "Run the command as the user that runs the platform.",
    "The platform's socket is open to the user who started it, and to nobody else.",
    exit_code=EXIT_FORBIDDEN,
)
NO_PREVIOUS = ErrorCode(
    "control.E013",
    "There is no such release to go back to",
    "List what is kept: nuages releases APP",
    exit_code=EXIT_CONFLICT,
)
ALREADY_CURRENT = ErrorCode(
    "control.E014",
    "This release has the traffic already",
    "To apply its own config vars again, add --with-config.",
    exit_code=EXIT_CONFLICT,
)
KEY_MISSING = ErrorCode(
    "control.E015",
    "The key of the state directory is missing or not the one that was used",
    "Put the file `key` back from your backup; without it config vars cannot be read.",
    exit_code=EXIT_FAILED,
)
NEVER_DEPLOYED = ErrorCode(
    "control.E016",
    "The environment has no release yet",
    "Deploy it first: nuages deploy PATH --app NAME",
    exit_code=EXIT_CONFLICT,
)
NO_SOURCE = ErrorCode(
    "control.E017",
    "The source cannot be deployed from where it is",
    "Name a folder on this machine, or upload an archive.",
    exit_code=EXIT_USAGE,
)
TOO_LARGE = ErrorCode(
    "control.E018",
    "The upload is too large",
    "Leave out data and build results; `nuages pack` does it by .gitignore and .dockerignore.",
    exit_code=EXIT_PROJECT,
)
ALREADY_RUNNING = ErrorCode(
    "control.E019",
    "A control plane is running for this state directory already",
    "Look at it with `nuages status`; end it with `nuages down`.",
    exit_code=EXIT_CONFLICT,
)
DISK_FULL = ErrorCode(
    "control.E020",
    "The disk is full",
    "Free some space where NUAGES_HOME lies, then try again; nothing was changed.",
    "What serves goes on serving. `nuages destroy` removes apps that nobody needs.",
    exit_code=EXIT_FAILED,
    retryable=True,
)
CANCELLED = ErrorCode(
    "control.E021",
    "The deployment was cancelled",
    "Deploy again when it is time: nuages deploy PATH --app APP",
    "Somebody cancelled it, or its environment is being destroyed. What was new was stopped "
    "again; the former release goes on serving.",
    exit_code=EXIT_FAILED,
)
NOT_CANCELLED = ErrorCode(
    "control.E022",
    "This deployment cannot be cancelled",
    "See how it stands: nuages events APP",
    "One that has ended is done; the removal of an environment is carried to its end.",
    exit_code=EXIT_CONFLICT,
)
READ_ALREADY = ErrorCode(
    "control.E023",
    "Somebody reads this run already",
    "Start one of your own: nuages run APP -- COMMAND",
    "What a run prints goes to the one who started it. Two readers would get half of it each.",
    exit_code=EXIT_CONFLICT,
)
NEWER_STATE = ErrorCode(
    "control.E024",
    "The state directory was used by a newer version of Nuages",
    "Install that version again: pip install --upgrade nuages",
    "Its database has tables that this version does not know. What serves goes on serving. A copy "
    "from before each upgrade lies beside it: state.sqlite3-before-…",
    exit_code=EXIT_CONFLICT,
)
BAD_SETTINGS = ErrorCode(
    "control.E025",
    "The platform's settings cannot be read",
    "Write them anew: nuages down, then nuages up --detach --http-port PORT",
    "platform.json in the state directory holds the port and the address that the platform was "
    "started with. Addresses of apps are made of it, so none is guessed.",
)
# Codes that mean "it is not there": the API answers 404 to them, 409 to other conflicts.
ABSENT = frozenset({UNKNOWN_APP.code, UNKNOWN_THING.code, NO_PREVIOUS.code})
CODES = (
    UNKNOWN_APP,
    UNKNOWN_THING,
    OTHER_SOURCE,
    NAME_TAKEN,
    BAD_VARIABLE,
    RESERVED_VARIABLE,
    BAD_VALUE,
    BAD_REQUEST,
    NOT_CONFIRMED,
    REPLACED,
    INTERRUPTED,
    FORBIDDEN,
    NO_PREVIOUS,
    ALREADY_CURRENT,
    KEY_MISSING,
    NEVER_DEPLOYED,
    NO_SOURCE,
    TOO_LARGE,
    ALREADY_RUNNING,
    DISK_FULL,
    CANCELLED,
    NOT_CANCELLED,
    READ_ALREADY,
    NEWER_STATE,
    BAD_SETTINGS,
)
