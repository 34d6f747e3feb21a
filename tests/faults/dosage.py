"""Which doses were asked for: those of every day, or the full ones, which `make faults` gives; and for which
store of states."""

import os

FULL = os.environ.get("FAULT_DOSE") == "full"
STORE = os.environ.get("FAULT_STORE", "") or "memory"
