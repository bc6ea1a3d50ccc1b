"""What the server for assistants can refuse by itself."""

from nuages.core.errors import EXIT_FAILED, EXIT_FORBIDDEN, EXIT_USAGE, ErrorCode

# The extra `mcp` of pyproject.toml.
SDK = "mcp>=2.3,<3"

OUTSIDE = ErrorCode(
    "assist.E001",
    "The path lies outside of the folder that assistants may use",
    "Name a folder or zip below it, or start the server with another one: nuages mcp --root DIR",
    "`nuages mcp` is started for one folder. What an assistant asks for is looked up below it, and"
    " links are followed before it is decided.",
    exit_code=EXIT_FORBIDDEN,
)
NOT_THERE = ErrorCode(
    "assist.E002",
    "There is no such folder or zip",
    "Name a folder or zip below the folder that the server was started with, such as '.'",
    exit_code=EXIT_USAGE,
)
BAD_ARGUMENTS = ErrorCode(
    "assist.E003",
    "The tool was not called as it has to be",
    "Call it with arguments as its input schema describes them.",
    exit_code=EXIT_USAGE,
)
NO_SDK = ErrorCode(
    "assist.E004",
    "The Python SDK of the Model Context Protocol is not installed",
    f"Install it beside Nuages: pip install '{SDK}'",
    "Only `nuages mcp` needs it, so it is an extra: nuages[mcp].",
    exit_code=EXIT_FAILED,
)
DEPLOYMENT_FAILED = ErrorCode(
    "assist.E005",
    "The deployment did not succeed",
    "Read its events, mend the cause and deploy again: nuages events APP",
    exit_code=EXIT_FAILED,
)
