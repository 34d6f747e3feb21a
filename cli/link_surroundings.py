"""What commands on tagged links work with: their file, rules and hosts, and the collector's address."""

import secrets
from dataclasses import dataclass
from pathlib import Path

from attribution.policy import parse_policy
from cli.processes import collector_url
from cli.running import of_up, ran_with
from producers.links.link import Link, LinkFaultError
from producers.links.link_file import NAME, LinkFile, Links
from producers.links.naming import Naming, naming_in
from producers.privacy.personal_data import Tokeniser
from producers.privacy.tokenisers import tokeniser_of
from settings import Settings, policy_text


@dataclass(frozen=True, slots=True)
class Surroundings:
    """`reader` recognises personal data, and makes tokens that are worth nothing elsewhere."""

    given: Settings
    file: Path
    naming: Naming
    base: str
    reader: Tokeniser

    @property
    def targets(self) -> tuple[str, ...]:
        """Hosts that links may lead to; raises LinkFaultError if there are none."""
        if not self.given.link_targets:
            raise LinkFaultError(
                "links may lead nowhere yet: set LEADTRACE_LINK_TARGETS to your websites' hosts, such as "
                "example.com, for the collector too"
            )
        return self.given.link_targets

    def links(self) -> Links:
        """The links that there are."""
        return LinkFile(self.file).current()

    def tokeniser(self) -> Tokeniser:
        """The installation's own; raises SettingsError without its key, PolicyError."""
        return tokeniser_of(self.given)


def links_here(given: Settings) -> Surroundings:
    """Find out what holds for links: that of the `leadtrace up` that runs, or of the environment.

    Raises SettingsError, PolicyError, NamingFaultError.
    """
    here = of_up(given) or given
    heard_at = (ran_with(given.data_dir) or given) if here.installation else given
    policy = parse_policy(policy_text(here))
    return Surroundings(
        here,
        here.links or here.data_dir / NAME,
        naming_in(here.data_dir, here.link_naming),
        here.collector_public_url or collector_url(heard_at),
        Tokeniser(secrets.token_hex(16), here.phone_region, policy.identity.blocks),
    )


def short(here: Surroundings, link: Link) -> str:
    """The address that people click on."""
    return f"{here.base}/l/{link.code}"
