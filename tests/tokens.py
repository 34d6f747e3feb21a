"""The tokenisers of tests: a key of their own, and the values of nobody that the shipped policy names."""

import settings
from attribution.policy import parse_policy
from producers.privacy.personal_data import Tokeniser

KEY = "a key that only tests use"
_blocks = parse_policy(settings.policy_text(settings.Settings())).identity.blocks
TOKENISER = Tokeniser(KEY, "CN", _blocks)
# Samples use addresses of example.com, which in truth are nobody's.
TOKENISER_OF_SAMPLES = Tokeniser(KEY, "CN", lambda kind, value: kind != "email" and _blocks(kind, value))
