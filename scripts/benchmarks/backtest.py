"""Time of a backtest by rule: daily BTC and ETH 2017-2024 on the standard portfolios, and all rules together.

Reads the price files that lie beside the repository; ends with a line if there are none.
"""

import sys
import time
from pathlib import Path

from simulator.backtest import build_rules, choose_portfolios, chosen_rules, make_terms, read_history, walk

DATA = Path(__file__).resolve().parents[3] / "shared" / "data"
FILES = {asset: DATA / f"{asset.lower()}_usdt_1d_2017-08_2024-12.csv" for asset in ("BTC", "ETH")}


def main() -> None:
    """Print seconds of processor and of wall time, rule by rule, then for all at once."""
    if not all(file.is_file() for file in FILES.values()):
        sys.exit(f"no prices in {DATA}: nothing to measure")
    history, terms = read_history(FILES), make_terms()
    portfolios = choose_portfolios("standard", history.assets, terms.seed)
    names = chosen_rules((), terms.level)
    # Compiled kernels are loaded before anything is timed.
    walk(history.known_at(600), portfolios, build_rules(names, terms, history), terms)
    for chosen in (*([name] for name in names), names):
        rules = build_rules(chosen, terms, history)
        processor, wall = time.process_time(), time.perf_counter()
        walk(history, portfolios, rules, terms)
        label = chosen[0] if len(chosen) == 1 else "all rules"
        print(f"{label:20} {time.process_time() - processor:6.1f} s processor {time.perf_counter() - wall:6.1f} s wall")


if __name__ == "__main__":
    main()
