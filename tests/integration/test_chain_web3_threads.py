"""One chain, web3.py in several threads: each gets what is its own. Needs anvil (`npm ci`)."""

from concurrent.futures import ThreadPoolExecutor

from web3_probe import deploy

ROUNDS = 40


def test_each_thread_has_its_own_transactions_and_answers(chain):
    w3 = chain.web3()
    probe = deploy(w3)
    senders = w3.eth.accounts[1:4]

    def work(sender):
        own = chain.web3()
        counter = own.eth.contract(probe.address, abi=probe.abi)
        found = []
        for _ in range(ROUNDS):
            sent = counter.functions.add(1).transact({"from": sender, "gas": 500_000})
            receipt = own.eth.get_transaction_receipt(sent)
            counter.functions.counter().call()
            found.append((receipt["from"], receipt["transactionIndex"], own.eth.get_transaction_count(sender)))
        return found

    with ThreadPoolExecutor(len(senders)) as threads:
        found = list(threads.map(work, senders))
    for sender, seen in zip(senders, found, strict=True):
        assert seen == [(sender, 0, nonce) for nonce in range(1, ROUNDS + 1)]
    assert probe.functions.counter().call() == ROUNDS * len(senders)
    assert chain.head == w3.eth.block_number == 1 + ROUNDS * len(senders)
