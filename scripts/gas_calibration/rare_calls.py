"""What runs seldom or never call: administration, the fund's other doors, allowances, holds that finality excludes.

They are made on the state that a run has reached, in blocks of their own, and undone.
"""

from collections.abc import Generator, Iterator
from itertools import islice

from agents.population import Member, wallet_address
from simulator.chain.keccak import keccak256
from simulator.chain.protocol import Transaction
from simulator.market.instruments import Kind
from simulator.model import ProtocolModel
from simulator.model.step import Step
from simulator.protocol.margin_rule import configured_rule
from simulator.risk.rules import config_struct
from simulator.wads import WAD, wad

_BLOCK_SECONDS = 12
_AMOUNT = 1000 * 10**6
_FEW = 3
_CONTRACTS, _LEVERAGE, _PREMIUM, _COLLAPSE = 10.0, 1.5, 0.04, 0.1
"""A deposit worth so many of the underlying; puts on so many times that are sold, at a share of the spot price; to what
share of it the price falls."""
_STRANGER = wallet_address("stranger")
_ADMINISTRATOR = wallet_address("administrator")

_Batch = tuple[list[Transaction], int]
"""Transactions of one block, and seconds since the block before."""


def rare_calls(model: ProtocolModel) -> None:
    """Make them on the model's chain, which is left as it was."""
    chain, mined = model.chain, 0
    members = model.genesis.members
    member, other = (members[(model.block + step) % len(members)] for step in (0, 1))
    for batches in (
        _again(model.last),
        _accounts_and_tokens(model, member, other),
        _fund(model, member, other),
        _refresh(model),
        _expiry(model),
        _excluded_holds(model),
        _administration(model, other),
    ):
        for transactions, seconds in batches:
            chain.mine(transactions, chain.timestamp + seconds)
            mined += 1
        if mined:
            chain.reorg(mined)
            mined = 0


def _again(last: Step) -> Iterator[_Batch]:
    """What was just executed, by its sender and by a stranger: most of it fails, as what comes late does."""
    sent = [receipt.transaction for receipt in last.produced.block.receipts]
    if sent:
        yield [*sent, *(Transaction(_STRANGER, each.to, each.data) for each in sent)], _BLOCK_SECONDS


def _accounts_and_tokens(model: ProtocolModel, member: Member, other: Member) -> Iterator[_Batch]:
    house, quote, asset = (model.contracts[role] for role in ("ClearingHouse", "Quote", "Asset0"))
    yield (
        [
            house.transaction(member.wallet, "setOperator", member.account, other.wallet, True),
            house.transaction(other.wallet, "openAccount", other.wallet),
            house.transaction(other.wallet, "openAccount", _STRANGER),
        ],
        _BLOCK_SECONDS,
    )
    yield [house.transaction(member.wallet, "setOperator", member.account, other.wallet, False)], _BLOCK_SECONDS
    for token in (quote, asset):
        yield (
            [
                token.transaction(_ADMINISTRATOR, "mint", member.wallet, 3 * _AMOUNT),
                token.transaction(member.wallet, "transfer", other.wallet, _AMOUNT),
                token.transaction(member.wallet, "transfer", _STRANGER, _AMOUNT),
                token.transaction(member.wallet, "approve", _STRANGER, 2 * _AMOUNT),
                token.transaction(_STRANGER, "transferFrom", member.wallet, other.wallet, _AMOUNT),
            ],
            _BLOCK_SECONDS,
        )


def _fund(model: ProtocolModel, member: Member, other: Member) -> Iterator[_Batch]:
    """In by both doors, shares passed on, notice, out by both doors: with a part of the shares or all of them."""
    fund, quote = model.contracts["InsuranceFund"], model.contracts["Quote"]
    wallet = member.wallet
    shares = fund.read(model.chain, "convertToShares", _AMOUNT)
    yield (
        [
            quote.transaction(_ADMINISTRATOR, "mint", wallet, 3 * _AMOUNT),
            quote.transaction(wallet, "approve", fund.address, 3 * _AMOUNT),
            fund.transaction(wallet, "deposit", _AMOUNT, wallet),
            fund.transaction(wallet, "mint", shares, wallet),
            fund.transaction(wallet, "transfer", other.wallet, shares // 4),
            fund.transaction(wallet, "approve", _STRANGER, shares // 4),
            fund.transaction(_STRANGER, "transferFrom", wallet, other.wallet, shares // 4),
        ],
        _BLOCK_SECONDS,
    )
    held, given = (fund.read(model.chain, "balanceOf", each) for each in (wallet, other.wallet))
    yield (
        [
            fund.transaction(wallet, "requestWithdrawal", held),
            fund.transaction(other.wallet, "requestWithdrawal", given),
        ],
        _BLOCK_SECONDS,
    )
    yield [fund.transaction(wallet, "redeem", held // 4, wallet, wallet)], _BLOCK_SECONDS  # too early
    leaving = held if model.block % 4 else held // 2
    yield (
        [
            fund.transaction(wallet, "redeem", leaving, wallet, wallet),
            fund.transaction(other.wallet, "withdraw", _AMOUNT // 4, other.wallet, other.wallet),
            fund.transaction(other.wallet, "redeem", given // 8, other.wallet, other.wallet),
        ],
        model.scenario.fund.notice_seconds + _BLOCK_SECONDS,
    )


def _refresh(model: ProtocolModel) -> Iterator[_Batch]:
    expiries = _expiries(model)
    oracle = model.contracts["PriceOracle"]
    yield (
        [oracle.transaction(_STRANGER, "refresh", 0, some) for some in ([], expiries[:1], expiries)],
        _BLOCK_SECONDS,
    )


def _expiry(model: ProtocolModel) -> Iterator[_Batch]:
    """Some sell puts, the price collapses when these expire, and what was settled one by one leaves bad debt."""
    house, oracle = model.contracts["ClearingHouse"], model.contracts["PriceOracle"]
    instruments, spot = model.market.instruments, model.market.quote.spot[0]
    first = next(iter(_expiries(model)), 0)
    expired = {number for number, each in enumerate(instruments) if each.asset == 0 and each.expiry == first}
    puts = [number for number in expired if instruments[number].kind is Kind.PUT]
    if not puts:
        return
    put = min(puts, key=lambda number: (abs(instruments[number].strike - spot), number))
    debtors = yield from _puts_sold(model, put, spot)
    collapsed = [(0, wad(spot * _COLLAPSE), WAD, 0)]
    calls = [oracle.transaction(each, "publish", first, collapsed, []) for each in model.genesis.publishers]
    calls.append(oracle.transaction(_STRANGER, "fixSettlementPrice", 0, first))
    yield calls, max(first - model.chain.timestamp, _BLOCK_SECONDS)
    held = {account: sorted(expired & set(sizes)) for account, sizes in enumerate(model.accounts.positions, 1)}
    held = {account: numbers for account, numbers in held.items() if numbers}
    singly = [(account, number) for account in islice(held, _FEW) for number in held[account]]
    singly += [(account, put) for account in debtors]
    calls = [house.transaction(_STRANGER, "settleExpiry", *position) for position in singly]
    calls += [house.transaction(_STRANGER, "settleExpiries", account) for account in islice(held, _FEW, 2 * _FEW)]
    yield calls, _BLOCK_SECONDS
    yield [house.transaction(_STRANGER, "bookBadDebt", account) for account in debtors], _BLOCK_SECONDS


def _puts_sold(model: ProtocolModel, put: int, spot: float) -> Generator[_Batch, None, list[int]]:
    """New accounts: one buys of all the others as much as their deposit allows. Returns the sellers."""
    house, vault, quote = (model.contracts[role] for role in ("ClearingHouse", "CollateralVault", "Quote"))
    buyer, *sellers = range(model.accounts.count + 1, model.accounts.count + 2 + _FEW)
    deposit = model.tokens.units(0, spot * _CONTRACTS)
    calls = [
        quote.transaction(_ADMINISTRATOR, "mint", _STRANGER, (1 + _FEW) * deposit),
        quote.transaction(_STRANGER, "approve", vault.address, (1 + _FEW) * deposit),
    ]
    for account in (buyer, *sellers):
        calls.append(house.transaction(_STRANGER, "openAccount", _STRANGER))
        calls.append(house.transaction(_STRANGER, "deposit", account, quote.address, deposit))
    yield calls, _BLOCK_SECONDS
    size, price = wad(_CONTRACTS * _LEVERAGE), wad(spot * _PREMIUM)
    fills = [(buyer, seller, put, size, price) for seller in sellers]
    yield [house.transaction(wallet_address("matcher"), "settleTrades", [fill]) for fill in fills], _BLOCK_SECONDS
    return sellers


def _expiries(model: ProtocolModel) -> list[int]:
    """To come, of the first asset."""
    now = model.chain.timestamp
    return sorted({each.expiry for each in model.market.instruments if each.asset == 0 and each.expiry > now})


def _excluded_holds(model: ProtocolModel) -> Iterator[_Batch]:
    """A checkpoint whose order lacks the newest liquidations: their holds are void, and what debt remains is bad."""
    holds, house, ledger = model.holds, model.contracts["ClearingHouse"], model.contracts["SettlementLedger"]
    late = [settlement for settlement, hold in holds.open.items() if hold.block > holds.final_block]
    if model.scenario.settlement.hold != "checkpoint" or not late:
        return
    count = late[0] - 1
    relay = wallet_address("relay")
    proof = (model.chain.head, count, holds.hash_at(count))
    yield [ledger.transaction(relay, "postCheckpoint", *proof)], _BLOCK_SECONDS
    yield [ledger.transaction(_STRANGER, "void", settlement) for settlement in late], _BLOCK_SECONDS
    accounts = sorted({holds.open[settlement].account for settlement in late})
    yield [house.transaction(_STRANGER, "bookBadDebt", account) for account in accounts], _BLOCK_SECONDS


def _administration(model: ProtocolModel, other: Member) -> Iterator[_Batch]:
    house, oracle, rule = (model.contracts[role] for role in ("ClearingHouse", "PriceOracle", "MarginRule"))
    matcher = keccak256(b"MATCHER_ROLE")
    calls = [
        (house, "grantRole", matcher, other.wallet),
        (house, "revokeRole", matcher, other.wallet),
        (house, "setMarginRule", rule.address),
        (oracle, "setPublisher", other.wallet, True),
        (oracle, "setQuorum", 1),
        (oracle, "setPublisher", model.genesis.publishers[0], False),
    ]
    last = [house.transaction(_ADMINISTRATOR, "renounceRole", bytes(32), _ADMINISTRATOR)]
    if model.scenario.protocol.rule != "isolated":  # which has nothing to configure
        calls.append((rule, "setConfig", config_struct(configured_rule(model.scenario.protocol))))
        calls.append((rule, "transferOwnership", other.wallet))
        last.append(rule.transaction(other.wallet, "renounceOwnership"))
    yield [contract.transaction(_ADMINISTRATOR, *call) for contract, *call in calls], _BLOCK_SECONDS
    yield last, _BLOCK_SECONDS
