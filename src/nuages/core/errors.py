"""The one error of the platform: a declared code, what happened, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass

from nuages.core.diagnosis import Diagnosis

# Exit codes of the command line (ARCHITECTURE.md, "Errors").
EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_PROJECT = 3
EXIT_CONFLICT = 4
EXIT_FORBIDDEN = 5
EXIT_UNREACHABLE = 6
EXIT_BUG = 70
EXIT_INTERRUPTED = 130
EXIT_BROKEN_PIPE = 141


@dataclass(frozen=True, slots=True)
class ErrorCode:
    """A kind of error, declared once beside its stage and listed in the documentation.

    `code` is `<folder>.E<number>`; a number is never reused. `title` is a short sentence,
    `explanation` what `nuages explain` prints below it, `hint` the usual fix.
    """

    code: str
    title: str
    hint: str
    explanation: str = ""
    exit_code: int = EXIT_FAILED
    retryable: bool = False


class NuagesError(Exception):
    """What went wrong, with the value it went wrong with, and the fix.

    `message` names the offending value; `details` holds evidence such as the last log lines;
    `hint` replaces the code's own hint where a more exact one is known. `causes` are what the
    project's output shows of why, the likeliest first.
    """

    def __init__(
        self,
        code: ErrorCode,
        message: str,
        *,
        details: str = "",
        hint: str | None = None,
        causes: tuple[Diagnosis, ...] = (),
    ) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.details = details
        self.hint = code.hint if hint is None else hint
        self.causes = causes

    @property
    def exit_code(self) -> int:
        """The exit code with which a command that meets this error ends."""
        return self.code.exit_code

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with the keyword arguments that `Exception` would forget."""
        return (_rebuild, (self.code, self.message, self.details, self.hint, self.causes))


def _rebuild(
    code: ErrorCode, message: str, details: str, hint: str, causes: tuple[Diagnosis, ...]
) -> NuagesError:
    return NuagesError(code, message, details=details, hint=hint, causes=causes)


INTERNAL = ErrorCode(
    "core.E001",
    "Nuages itself failed",
    "Report this with the lines above; nothing of your app was changed by it.",
    "An exception that no stage expected. The app's running release is left as it was.",
    exit_code=EXIT_BUG,
)
