"""Rules about processes and commands."""

from __future__ import annotations

from nuages.inspect.declared.kinds import error, remark, warning

NEEDS_SHELL = error(
    "E006",
    "A command of the deploy.toml needs a shell",
    "Commands are split into words and run without a shell, so that nothing is interpreted twice.",
    "Put the line into a script of the project and name the script.",
)
BAD_PROCFILE = warning(
    "W046",
    "A line of the Procfile is passed over",
    "A line is `name: command`.",
    "Mend the line.",
)
STEP_BEFORE_WEB = remark(
    "W049",
    "What stands before the server runs once for each deployment",
    "Commands before the last `&&` of a web process prepare the site. They are run as release "
    "commands: not once more at each restart of an instance.",
    "Write it among the release commands: [startup] commands in deploy.toml, or a release line "
    "in the Procfile.",
)
STEP_NOT_RUN = warning(
    "W050",
    "A part of a command is not run",
    "A process is one program. What stands before the last `&&` is run for the web process alone.",
    "Write it among the release commands, or put the line into a script of the project and name "
    "the script.",
)
SHELL_LINE = remark(
    "W051",
    "A line of the Procfile is run by a shell",
    "A Procfile was always read by a shell, so a line with `|`, `;` or the like is given to one, "
    "in the app's sandbox as every process. The shell is then what gets the signals.",
    "Put the line into a script of the project and name the script.",
)
FRONT_LEFT_OUT = remark(
    "W241",
    "A server of another platform before the command is left out",
    "Build packs of other platforms bring nginx or PgBouncer and start them with the app. Here the "
    "proxy leads visitors to the app, and connections to the database are its own.",
    "Nothing has to be done. To start it all the same, name it in deploy.toml: [processes] web",
)
NO_BROKER = warning(
    "W060",
    "A worker waits for its broker",
    "The project has a task queue, and its broker is a server that nobody has named yet. The "
    "worker starts by itself once one of the variables is set; the site runs without it.",
    "Name the broker: nuages config APP set NAME=redis://HOST:6379/0",
)
