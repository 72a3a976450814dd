"""Event arguments as JSON: nothing loses a digit."""

import json

from hypothesis import given
from hypothesis import strategies as st

from simulator.record import encode_arguments

WORDS = st.integers(-(2**255), 2**256 - 1)


@given(st.dictionaries(st.from_regex(r"[a-z][A-Za-z]{0,15}", fullmatch=True), WORDS, max_size=8))
def test_integers_are_numbers_up_to_2_53_and_decimal_strings_beyond(arguments):
    decoded = json.loads(encode_arguments(arguments), parse_int=str)
    assert {name: int(value) for name, value in decoded.items()} == arguments
    plain = json.loads(encode_arguments(arguments))
    assert all(isinstance(value, int) == (abs(arguments[name]) <= 2**53) for name, value in plain.items())


@given(st.text())
def test_any_text_survives(text):
    assert json.loads(encode_arguments({"reason": text})) == {"reason": text}


def test_booleans_bytes_and_tuples():
    assert (
        encode_arguments({"ok": True, "hash": b"\x01\xff", "values": (1, 2**64, (False, "a"))})
        == '{"ok":true,"hash":"0x01ff","values":[1,"18446744073709551616",[false,"a"]]}'
    )
