"""What scripts/calibrate_gas.py does: gas of the same transactions on both backends (samples), the functions that runs
seldom call (rare_calls), and the figures fitted to them (fits)."""
