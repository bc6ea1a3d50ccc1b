"""Rules about what a project takes of the operating system: packages, libraries, programs."""

from __future__ import annotations

from nuages.inspect.declared.kinds import error, remark, warning

BAD_PACKAGE = error(
    "E025",
    "Not the name of a system package",
    "[build] packages names packages of Debian or Ubuntu. apt would take another text for an "
    "option, a pattern, or a wish to remove something.",
    "Write the package's name alone: letters, digits and + - . in lower case.",
)
COMPILED = remark(
    "W090",
    "A package is compiled",
    "It has no wheel for Linux, so a compiler, headers and libraries of the system take part in "
    "its installation.",
    "Nothing, where they are installed. As root: apt-get install PACKAGES; or have the deployment "
    "do it: nuages deploy PATH --install-packages",
)
LOADS = remark(
    "W091",
    "The app uses libraries or programs of the system",
    "They are no part of any Python package. Without them an import, or what calls them, fails.",
    "Nothing, where they are installed. As root: apt-get install PACKAGES; or have the deployment "
    "do it: nuages deploy PATH --install-packages",
)
HINTED = remark(
    "W092",
    "Other tools are told to install system packages",
    "Nuages takes over those that it knows a use of; whether the app needs the others too cannot "
    "be seen.",
    "Name those that it needs in deploy.toml: [build] packages",
)
REPLACED = warning(
    "W093",
    "A database driver is installed in its compiled form",
    "The machine has not what it takes to compile the driver. The other distribution is the same "
    "code with the libraries in it.",
    "Name the compiled form in the dependency file, or install what compiles the driver.",
)
LIBRARY_MISSING = warning(
    "W094",
    "A library of the system is missing",
    "A compiled module of a package is linked with it. Importing the module fails.",
    "Install the package that brings the library.",
)
LEFT_OUT = warning(
    "W095",
    "A database driver is left out",
    "The machine has not what it takes to compile it, and the app runs on a database that does "
    "not need it.",
    "Install what compiles the driver before the app gets such a database.",
)
