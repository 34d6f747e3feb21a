"""What the collector takes from a website is called so where the freshness of each source is told."""

import re
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules

import producers.website
from producers.collector import redirects
from producers.collector.protocols import jitsu
from producers.website.segment import RUDDERSTACK

VIEW = Path("sinks/sql/views/100_source_freshness.sql")


def test_each_tracker_s_source_is_a_website() -> None:
    modules = [
        import_module(f"producers.website.{each.name}") for each in iter_modules(producers.website.__path__)
    ]
    of_trackers = {module.SOURCE for module in modules if hasattr(module, "SOURCE")}
    listed = re.search(r"source IN \((.*?)\) OR", VIEW.read_text("utf-8"), re.DOTALL)
    assert listed is not None
    named = set(re.findall(r"'([^']+)'", listed[1]))
    assert named == {*of_trackers, RUDDERSTACK, jitsu.SOURCE, redirects.SOURCE}
