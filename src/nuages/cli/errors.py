"""What the command line itself can refuse, before or beside the platform."""

from nuages.core.errors import (
    EXIT_CONFLICT,
    EXIT_FAILED,
    EXIT_FORBIDDEN,
    EXIT_USAGE,
    ErrorCode,
)

USAGE = ErrorCode(
    "cli.E001",
    "The command was not written as it has to be",
    "See how it is written: nuages --help",
    exit_code=EXIT_USAGE,
)
NOT_YET = ErrorCode(
    "cli.E002",
    "This version cannot do that yet",
    "Clone the repository and deploy the folder: nuages deploy PATH",
    exit_code=EXIT_USAGE,
)
NO_SUCH_PATH = ErrorCode(
    "cli.E003",
    "There is no such folder or archive",
    "Give the project's folder or a zip of it: nuages deploy PATH",
    exit_code=EXIT_USAGE,
)
NO_SUCH_CODE = ErrorCode(
    "cli.E004",
    "No error and no finding has this code",
    "Give a code as an error shows it: nuages explain cli.E004",
    exit_code=EXIT_CONFLICT,
)
NO_SUCH_CONFIG_VAR = ErrorCode(
    "cli.E005",
    "The environment has no such config var",
    "List them: nuages config APP",
    exit_code=EXIT_CONFLICT,
)
HOME_TOO_LONG = ErrorCode(
    "cli.E010",
    "The path of the state directory is too long",
    "Choose a shorter one: nuages up --home /srv/nuages",
    "The platform's sockets lie in the state directory, and the kernel allows 107 bytes for the"
    " name of a socket, its folders included.",
    exit_code=EXIT_USAGE,
)
HOME_NOT_WRITABLE = ErrorCode(
    "cli.E011",
    "The state directory cannot be written",
    "Choose one that you own: nuages up --home ~/.local/share/nuages",
    "Everything that the platform keeps is below its state directory.",
    exit_code=EXIT_FORBIDDEN,
)
RUNS_ALREADY = ErrorCode(
    "cli.E012",
    "The platform runs already",
    "Look at it with: nuages status",
    "One state directory holds one platform. A second one needs a directory and a port of its"
    " own: nuages up --home DIR --http-port N.",
    exit_code=EXIT_CONFLICT,
)
PORT_IN_USE = ErrorCode(
    "cli.E013",
    "Another program listens on the port",
    "Choose another port: nuages up --http-port 8080",
    exit_code=EXIT_CONFLICT,
)
PORT_FORBIDDEN = ErrorCode(
    "cli.E014",
    "Only root may listen on this port",
    "Choose a port from 1024 on: nuages up --http-port 8000",
    exit_code=EXIT_FORBIDDEN,
)
BAD_ADDRESS = ErrorCode(
    "cli.E015",
    "The proxy cannot listen on this address",
    "Give an IP address of this machine: nuages up --http-address 127.0.0.1",
    exit_code=EXIT_USAGE,
)
BAD_SETTINGS = ErrorCode(
    "cli.E016",
    "The platform's settings cannot be read",
    "Give them anew: nuages up --http-port 8000",
    "platform.json in the state directory holds the port and the address that the platform was"
    " last started with. It is written anew when both are given.",
)
DID_NOT_START = ErrorCode(
    "cli.E017",
    "The platform did not start",
    "Read the lines above; the whole log is in logs/platform in the state directory.",
)
SYSTEM_PLATFORM = ErrorCode(
    "cli.E018",
    "This machine has a platform that belongs to another user",
    "Use it as that user (sudo nuages ...), or start one of your own:"
    " nuages up --home ~/.local/share/nuages",
    "A second platform is never started silently. The one in /var/lib/nuages was started by root.",
    exit_code=EXIT_FORBIDDEN,
)
NOT_A_HOME = ErrorCode(
    "cli.E019",
    "The folder is not a Nuages state directory",
    "Give an empty folder, or one that does not exist yet: nuages up --home /srv/nuages",
    "A state directory is closed to all other users. A folder that holds other things is left as"
    " it is.",
    exit_code=EXIT_USAGE,
)
DEPLOYMENT_FAILED = ErrorCode(
    "cli.E020",
    "The deployment failed",
    "Read the lines above, mend the cause and deploy again.",
    exit_code=EXIT_FAILED,
)
REPLACED = ErrorCode(
    "cli.E021",
    "A newer change replaced this one while it waited",
    "Nothing has to be done; the newer one goes on.",
    "An environment changes one step at a time. Of several changes that wait, the newest one runs.",
    exit_code=EXIT_CONFLICT,
)
NO_OUTPUT = ErrorCode(
    "cli.E022",
    "Output could not be written",
    "Make room on the disk that it goes to, or send it elsewhere.",
    "What the command did is done; only its output is lost.",
)
