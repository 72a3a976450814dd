"""Why the embedded EVM failed: pyrevm says so in the text of an exception only."""

import re

_HALT = re.compile(r"Halt { reason: (\w+)")

# Of transactions that no block could hold.
_TOO_POOR = re.compile(r"Transaction\(LackOfFundForMaxFee { fee: (\d+), balance: (\d+) }\)")
_REFUSED = {
    "Transaction(RejectCallerWithCode)": "its sender is a contract, which sends nothing of its own here",
    "Transaction(CreateInitCodeSizeLimit)": "its init code exceeds the 49152 bytes of EIP-3860",
}
_TOO_LITTLE_GAS = re.compile(r"Initial gas spend is (\d+) but gas limit is (\d+)")


def failure(error: Exception) -> tuple[bytes, str]:
    """Revert data of a call that reverted, or none and the reason for which it stopped or could not start."""
    text = str(error)
    if text.startswith("Revert {"):
        return bytes.fromhex(text[text.rindex("0x") + 2 : -2]), ""
    if halt := _HALT.match(text):
        return b"", halt[1]
    if poor := _TOO_POOR.search(text):
        return b"", f"insufficient funds: it sends {poor[1]} wei, and the sender has {poor[2]}"
    if short := _TOO_LITTLE_GAS.match(text):
        return b"", f"intrinsic gas too low: it takes {short[1]} gas to start, and the limit is {short[2]}"
    return b"", _REFUSED.get(text, text)
