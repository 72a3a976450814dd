"""`python -m simulator.cli` is the `seawall` program."""

from simulator.cli import main

main()
