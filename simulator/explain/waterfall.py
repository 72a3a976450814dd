"""Who bears a close-out: the account, the insurance fund, all accounts, the liquidator."""

from simulator.explain import words
from simulator.finality import Settlement


def waterfall(s: Settlement) -> tuple[float, float]:
    """What the account gave up and what the liquidator gained, quote currency.

    The account hands over its share of equity, which may be negative, is paid what the liquidator pays, and pays the
    fee; the liquidator gets that share for its payment. A negative payment is bad debt: the fund and all accounts pay
    it. So account + bad debt = liquidator + fee.
    """
    share = s.fraction * s.equity
    return share - max(s.payment, 0.0) + s.fee, share - s.payment


def waterfall_text(s: Settlement, quote: str) -> str:
    """The waterfall in words."""
    parts = [_account(s, quote)]
    if s.fee:
        parts.append(f"it pays {words.amount(s.fee, quote)} as fee to the insurance fund")
    if s.bad_debt:
        fund, others = words.amount(s.from_fund, quote), words.amount(s.socialised, quote)
        parts.append(
            f"bad debt {words.amount(s.bad_debt, quote)}, {fund} from the insurance fund and {others} from all accounts"
        )
    else:
        parts.append("no bad debt")
    parts.append(_liquidator(s, quote))
    return f"waterfall: {'; '.join(parts)}"


def _account(s: Settlement, quote: str) -> str:
    """What the account handed over and got, before the fee."""
    share = s.fraction * s.equity
    who, paid = f"account {s.account}", words.amount(s.payment, quote)
    if share >= 0:
        text = f"{who} gives up {words.amount(share, quote)} of equity"
    else:
        text = f"{who} hands over a shortfall of {words.amount(-share, quote)}"
    if s.payment <= 0:
        return f"{text} for nothing" if share > 0 else text
    if share <= 0:
        return f"{text} and is paid {paid}"
    beyond = s.payment - share
    return f"{text} for {paid}, {words.amount(abs(beyond), quote)} {'more' if beyond >= 0 else 'less'}"


def _liquidator(s: Settlement, quote: str) -> str:
    """What the liquidator has beyond what it paid."""
    share, gain = s.fraction * s.equity, s.fraction * s.equity - s.payment
    who, size = f"account {s.counterparty}", words.amount(abs(gain), quote)
    if s.payment >= 0:
        return f"{who} has {size} of equity beyond what it pays" if gain >= 0 else f"{who} overpays by {size}"
    if share >= 0:
        return f"{who} gets {words.amount(share, quote)} of equity and is paid besides"
    return f"{who} is paid {size} {'more' if gain >= 0 else 'less'} than that shortfall"
