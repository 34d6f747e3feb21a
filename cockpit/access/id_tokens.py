"""Id tokens of an OpenID Connect provider: signed by its keys, for us, now, and for this very login."""

from collections.abc import Mapping
from typing import Any, Final

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

# Signed with a key that only the provider has; "none" and those with a shared secret aren't among them.
ALGORITHMS: Final = (
    *("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA", "Ed25519"),
)
_OF_KEYS: Final = ("missing_key", "invalid_key_id", "bad_signature")
LEEWAY: Final = 60  # seconds by which clocks differ


class IdTokenError(ValueError):
    """An id token proves nothing; the text says why, without what stands in it."""


class UnknownKeyError(IdTokenError):
    """It is signed with a key that isn't among those known: the provider may have new ones."""


def claims_of(
    token: str, keys: Mapping[str, Any], issuer: str, client: str, nonce: str, now: int
) -> Mapping[str, Any]:
    """What a provider says of somebody in a token. Raises IdTokenError."""
    try:
        known = KeySet.import_key_set({"keys": list(keys.get("keys", []))})
        read = jwt.decode(token, known, algorithms=list(ALGORITHMS))
        registry = jwt.JWTClaimsRegistry(
            now=now,
            leeway=LEEWAY,
            iss={"essential": True, "value": issuer},
            aud={"essential": True, "value": client},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
            nonce={"essential": True, "value": nonce},
        )
        registry.validate(read.claims)
    except JoseError as error:
        kind = (
            UnknownKeyError
            if error.error in ("missing_key", "invalid_key_id", "bad_signature")
            else IdTokenError
        )
        raise kind(f"the id token can't be used: {error.error}") from None
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise IdTokenError(f"the id token can't be read: {type(error).__name__}") from None
    audience = read.claims["aud"]
    several = isinstance(audience, list) and len(audience) > 1
    if read.claims.get("azp", None if several else client) != client:
        raise IdTokenError("the id token is for another client")
    return read.claims
