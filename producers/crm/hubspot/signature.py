"""HubSpot's signature of its requests, version 3: method, URI, body and time, with the secret of the app."""

import re
from collections.abc import Callable
from typing import Final

from producers.crm.signatures import Secrets, Sent, Signature, SignatureError, check_time

SIGNATURE: Final = "X-HubSpot-Signature-v3"
TIME: Final = "X-HubSpot-Request-Timestamp"
# These alone HubSpot takes out of their escapes before it signs.
_ESCAPED: Final = re.compile(rb"%(?:3A|2F|3F|40|21|24|27|28|29|2A|2C|3B)", re.IGNORECASE)


def hubspot_signature(sent: Sent, secrets: Secrets) -> Callable[[bytes], bool] | None:
    """Return what checks HubSpot's signature by the body; None if the request has none.

    Raises SignatureError.
    """
    given, stamp = sent.header(SIGNATURE), sent.header(TIME)
    if given is None:
        return None
    if not stamp:
        raise SignatureError(f"the header {TIME} is missing")
    check_time(stamp, 1, sent.received_at)
    plain = _ESCAPED.sub(lambda found: bytes.fromhex(found[0][1:].decode()), sent.uri)
    uris = dict.fromkeys((plain, sent.uri))
    signature = Signature((given,), tuple((sent.method + uri, stamp) for uri in uris))
    return lambda body: signature.fits(body, secrets)
