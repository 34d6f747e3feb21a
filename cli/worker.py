"""`leadtrace worker`: facts to journeys."""

import sys

import click

import settings
from attribution.policy import PolicyError, parse_policy
from cli.failures import sentences
from cli.surroundings import surrounded
from settings import Settings, SettingsError
from streams.handlers import agent_specs
from streams.worker import run_worker


@click.command()
@surrounded("kafka")
@sentences(SettingsError, PolicyError)
def command(given: Settings) -> None:
    """Run a worker: facts to journeys.

    It reads the topics of facts, derives journeys and deals by the policy, and publishes a snapshot of each.
    Run as many as there are partitions at most. It ends on SIGTERM; with another exit status than 0 it wants
    to be started again.
    """
    policy = parse_policy(settings.policy_text(given))
    sys.exit(run_worker(given, agent_specs(policy, given.partitions)))
