"""The tokeniser of an installation, by its settings and its policy: the same in every process."""

import settings
from attribution.policy import Policy, parse_policy
from producers.privacy.personal_data import Tokeniser
from settings import Settings, SettingsError


def tokeniser_of(given: Settings) -> Tokeniser:
    """The one tokeniser that the collector, the imports and look-ups must share.

    Raises SettingsError for a key that is missing or too short, PolicyError for a policy that can't be used.
    """
    policy = parse_policy(settings.policy_text(given))
    if not given.token_key.get_secret_value():
        raise SettingsError(
            "LEADTRACE_TOKEN_KEY is not set, and without it personal data can't become tokens: set it "
            "to a long random text (openssl rand -hex 32), the same for all processes, and never change it"
        )
    try:
        return tokeniser_by(given, policy)
    except ValueError as error:
        raise SettingsError(str(error)) from error


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
