"""One exception tree. Each leaf carries the exit code of the command line and inherits the builtin it refines.

A message is one line: what is wrong, where, and what to do about it.
"""


class SeawallError(Exception):
    """Anything Seawall raises on purpose."""

    exit_code = 1


class UsageError(SeawallError, ValueError):
    """Bad command-line usage."""

    exit_code = 2


class ScenarioError(SeawallError, ValueError):
    """A scenario file or override that cannot be used."""

    exit_code = 2


class DataError(SeawallError, ValueError):
    """Market data, portfolio or run files that cannot be used."""

    exit_code = 3


class ChainError(SeawallError, RuntimeError):
    """A chain backend that is missing, unreachable or refuses what was asked."""

    exit_code = 4


class TransactionReverted(ChainError):
    """A call or deployment reverted. `name` and `arguments` hold the decoded custom error, if known."""

    def __init__(self, message: str, name: str | None = None, arguments: dict | None = None):
        super().__init__(message)
        self.name = name
        self.arguments = arguments or {}


class InvariantError(SeawallError, AssertionError):
    """A protocol invariant broke, or a replay diverged."""

    exit_code = 5


class FinalityViolation(InvariantError):
    """A final settlement would have changed."""
