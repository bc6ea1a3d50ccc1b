"""What a flow can refuse."""

from nuages.core.errors import EXIT_CONFLICT, EXIT_PROJECT, EXIT_USAGE, ErrorCode

NOTHING_RUNS = ErrorCode(
    "pipeline.E001",
    "The environment has no release yet",
    "Deploy it first: nuages deploy PATH --app NAME",
    exit_code=EXIT_CONFLICT,
)
PROJECT_REFUSED = ErrorCode(
    "pipeline.E002",
    "The project cannot be deployed as it is",
    "Mend each finding; `nuages check PATH` lists them again.",
    "Inspection found errors. They are listed together, so that one round mends them all.",
    exit_code=EXIT_PROJECT,
)
BAD_SCALE = ErrorCode(
    "pipeline.E003",
    "Not a number of instances",
    "Write a whole number from 0 to 100, such as web=2.",
    exit_code=EXIT_USAGE,
)
SOURCE_GONE = ErrorCode(
    "pipeline.E006",
    "The source of the running release is gone",
    "Deploy the project again: nuages deploy PATH --app APP --set K=V",
    "A config var that builds see has changed, so the image has to be made anew. The source is "
    "kept with each image; somebody removed it from the state directory.",
)
PACK_FAILED = ErrorCode(
    "pipeline.E010",
    "The archive could not be written",
    "Name another place for it: nuages pack -o FILE.zip",
)
DATABASE_MISSING = ErrorCode(
    "pipeline.E005",
    "The project asks for a database that nobody has given it",
    "Say where it is: nuages config APP set DATABASE_URL=URL, or, before the first deployment, "
    "nuages deploy PATH --set DATABASE_URL=URL",
    "deploy.toml asks for PostgreSQL or MySQL, or migrations of the project use what PostgreSQL "
    "alone has. This version makes no such database itself, and an app that expects one is not "
    "started on SQLite instead.",
    exit_code=EXIT_PROJECT,
)
VARIABLES_MISSING = ErrorCode(
    "pipeline.E011",
    "The settings need variables that nobody has set",
    "Set them, then deploy again: nuages config APP set NAME=VALUE",
    "Django does not load the project's settings without these variables, and they have no "
    "default. The build went on with stand-ins, which no release ever gets; its packages are kept "
    "for the next deployment. Nothing was changed by this one: no release command ran.",
    exit_code=EXIT_PROJECT,
)
NOT_A_FOLDER = ErrorCode(
    "pipeline.E030",
    "Only a folder can be mended",
    "Unpack the archive, and name the folder: nuages fix DIR",
    "`nuages fix` changes files in place. An archive is read, and never written.",
    exit_code=EXIT_USAGE,
)
FIX_FAILED = ErrorCode(
    "pipeline.E031",
    "A file could not be changed",
    "Make the file writable, and run `nuages fix` again: what is done already stays done.",
    "Each file is written whole or not at all; those before it in the diff have been written.",
)
