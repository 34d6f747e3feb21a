"""All measurements, one after the other: `make bench`. Each also runs alone, `python -m bench.NAME`."""

import runpy
import sys

NAMES = (
    "core", "live_cost", "identity", "journey_agent", "memory", "state_store", "latency", "hot_visitor",
    "trackers", "abuse", "fencing", "recovery", "rebuild", "scaling",
    "keyword_intervals", "answers", "pulling",
)  # fmt: skip

if __name__ == "__main__":
    for name in NAMES:
        print(f"== {name}", flush=True)
        sys.argv = [f"bench.{name}"]
        runpy.run_module(f"bench.{name}", run_name="__main__")
