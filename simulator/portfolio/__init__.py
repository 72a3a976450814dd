"""Portfolio files: one account and its market as a person writes them down, and what each rule makes of them.

Files become columns of `simulator.risk.state` here; how a margin is computed stays in `simulator.risk` and in the
contracts. Public: `load.load`, `imports.load_positions`, `margins.margins`, and the models of `schema`.
"""
