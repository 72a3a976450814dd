import pytest

from simulator.cli.failure import describe, exit_code
from simulator.errors import DataError


def raised(error, origin):
    with pytest.raises(type(error)) as caught:
        try:
            raise origin
        except type(origin):
            raise error  # noqa: B904 - compiled code sets the context, not always the cause
    return caught.value


@pytest.mark.parametrize("error", [SystemError("a result with an exception set"), TypeError("cannot compare")])
def test_what_compiled_code_makes_of_ctrl_c_is_an_interruption(error):
    error = raised(error, KeyboardInterrupt())
    assert (describe(error), exit_code(error)) == ("interrupted", 130)


def test_an_error_of_its_own_is_told_even_after_ctrl_c():
    error = raised(DataError("cannot write the run"), KeyboardInterrupt())
    assert (describe(error), exit_code(error)) == ("cannot write the run", DataError.exit_code)


def test_another_error_is_unexpected():
    error = raised(TypeError("cannot compare"), ValueError("no number"))
    assert describe(error).startswith("unexpected TypeError: cannot compare")
    assert exit_code(error) == 1
