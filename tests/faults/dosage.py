"""Which doses were asked for: those of every day, or the full ones, which `make faults` gives."""

import os

FULL = os.environ.get("FAULT_DOSE") == "full"
