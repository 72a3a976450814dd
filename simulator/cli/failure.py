"""What the user reads, and the code the shell gets, when a command fails."""

import typer

from simulator.errors import SeawallError


class Interrupted(SeawallError):
    """The user pressed Ctrl-C, and there is more to say than that. Typer would swallow a KeyboardInterrupt silently."""

    exit_code = 130


# Typer vendors Click or depends on it, as its version goes; either way its usage errors share this base.
UsageProblem = typer.BadParameter.__mro__[2]


def describe(error: BaseException) -> str:
    """One line: what is wrong, where, and what to do about it."""
    if isinstance(error, UsageProblem):
        return _usage(error)
    if isinstance(error, SeawallError):
        return _one_line(error)
    if _is_ctrl_c(error):
        return "interrupted"
    if isinstance(error, OSError) and error.filename is not None:
        return f"{error.filename}: {error.strerror}"
    return f"unexpected {type(error).__name__}: {_one_line(error)}; run again with --debug for the traceback"


def exit_code(error: BaseException) -> int:
    """Exit code of a command that ended with `error`."""
    if isinstance(error, SeawallError | UsageProblem):
        return error.exit_code
    return Interrupted.exit_code if _is_ctrl_c(error) else 1


def _is_ctrl_c(error: BaseException) -> bool:
    """Whether it began as a KeyboardInterrupt: compiled code (numba, NumPy) may raise another error because of it."""
    origin: BaseException | None = error
    while origin is not None and not isinstance(origin, KeyboardInterrupt):
        origin = origin.__cause__ or origin.__context__
    return origin is not None


def _usage(error: BaseException) -> str:
    """The parser's message as one sentence, with the command's help as the way out."""
    possibilities = getattr(error, "possibilities", None)
    message = error.message if possibilities else error.format_message()
    message = " ".join(message.split()).rstrip(".").replace(". Did you mean", "; did you mean")
    message = message[:1].lower() + message[1:]
    if possibilities:
        message += f"; did you mean {possibilities[0]}?"
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "seawall"
    return f"{message.rstrip('?')}{'?' if message.endswith('?') else ';'} see: {command} --help"


def _one_line(error: BaseException) -> str:
    return " ".join(str(error).split())
