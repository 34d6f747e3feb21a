"""The tokeniser of an installation, by its settings and its policy: the same in every process."""

from attribution.policy import Policy
from producers.privacy.personal_data import Tokeniser
from settings import Settings


def tokeniser_by(given: Settings, policy: Policy) -> Tokeniser:
    """Make the tokeniser of an installation; raises ValueError for a key that is too short."""
    return Tokeniser(
        given.token_key.get_secret_value(),
        given.phone_region,
        policy.identity.blocks,
        policy.identity.mailbox,
        given.numbers_are_ids,
        given.tokenised_fields,
    )
