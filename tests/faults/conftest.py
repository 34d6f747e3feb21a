"""The cluster of three nodes, a disturbed site on it, and the market that flows through it."""

import os
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from databases import drop_database
from faults import certificates, kafka_nodes, pipeline
from faults.certificates import Shown
from faults.disturbance import Surroundings
from faults.dosage import FULL
from faults.kafka_nodes import Nodes
from faults.proxy import Network
from faults.report import Report

import market
from attribution.policy import Policy
from bench import market_records
from schemas.codec import Encoded
from settings import Settings
from stack import kafka_jars
from stack.embedded import Stack

MARKET_SEED = 20261123


@pytest.fixture(scope="session")
def network() -> Iterator[Network]:
    with Network() as opened:
        yield opened


@pytest.fixture(scope="session")
def shown(tmp_path_factory: pytest.TempPathFactory) -> Shown:
    """The certificates that the nodes show at their doors for TLS."""
    return certificates.shown(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def nodes(
    network: Network, servers: Settings, progress: Callable[[str], None], shown: Shown
) -> Iterator[Nodes]:
    """Three nodes, on which every program of a pipeline has a way of its own."""
    jars = kafka_jars.fetch(servers.cache_dir, progress)
    doors = [kafka_nodes.door_with_tls(name, each.both) for name, each in shown.by_name.items()]
    with (
        tempfile.TemporaryDirectory(prefix="leadtrace-nodes-") as folder,
        kafka_nodes.running(Path(folder), jars, network, pipeline.PROGRAMS, doors) as cluster,
    ):
        yield cluster


@pytest.fixture
def disturbed(servers: Settings, stack: Stack, nodes: Nodes, tmp_path: Path) -> Iterator[Settings]:
    """A site on the three nodes, with tables that go when the test is over."""
    site = pipeline.on_nodes(servers, nodes, tmp_path)
    yield site
    stack.wait_ready("clickhouse")
    for name in ("", "_pure"):
        drop_database(site.model_copy(update={"clickhouse_database": site.clickhouse_database + name}))


@pytest.fixture(scope="session")
def market_of_leads(tmp_path_factory: pytest.TempPathFactory) -> list[Encoded]:
    """The records of a small market, in which people share devices, merge and are taken apart by hand."""
    folder = tmp_path_factory.mktemp("market")
    played = market.simulate(MARKET_SEED, 60, date(2026, 3, 2), 60)
    market.write(played, folder)
    return market_records.records_of(folder, played.end_ms + 1000)


@pytest.fixture
def around(
    disturbed: Settings,
    stack: Stack,
    nodes: Nodes,
    network: Network,
    market_of_leads: list[Encoded],
    policy: Policy,
) -> Surroundings:
    return Surroundings(disturbed, stack, nodes, network, market_of_leads, policy)


@pytest.fixture
def report(request: pytest.FixtureRequest, progress: Callable[[str], None]) -> Report:
    """Where a test tells its figures: to people, and to the file that FAULT_REPORT names."""
    return Report(request.node.name, progress, os.environ.get("FAULT_REPORT", ""))


@pytest.fixture
def dose() -> Callable[[int, int], int]:
    """Chooses between the dose of every day and the full one."""
    return lambda small, large: large if FULL else small
