"""A body without its compression: what it unpacks to counts, however it was packed."""

import zlib
from typing import Final

ENCODED_BY: Final = {b"\x1f\x8b": 31, b"\x78": 15}  # gzip and zlib, by their first bytes → zlib's window bits
MOST_PARTS: Final = 64  # of a body that was packed piece by piece


class TooLargeError(ValueError):
    """A body is larger than it may be, as sent or unpacked."""


class MalformedError(ValueError):
    """A body is not what its first bytes say."""


def is_packed(body: bytes) -> bool:
    """Tell whether a body is compressed, by its first bytes: JSON never starts like that."""
    return _bits(body) is not None


def unpacked(body: bytes, largest: int) -> bytes:
    """Return a body without its compression, which shows in its first bytes.

    Senders forget the header or set it twice, so it isn't asked. What was packed piece by piece (gzip's
    members) is joined. Never holds more than `largest` bytes: raises TooLargeError before, MalformedError if
    the body is truncated or damaged, goes on after its end, or is packed twice.
    """
    bits = _bits(body)
    if bits is None:
        return body
    plain = bytearray()
    for _ in range(MOST_PARTS):
        unpacker = zlib.decompressobj(bits)
        try:
            plain += unpacker.decompress(body, largest + 1 - len(plain))
        except zlib.error:
            raise MalformedError("the compressed body is damaged") from None
        if len(plain) > largest:
            raise TooLargeError
        if not unpacker.eof:
            raise MalformedError("the compressed body is not complete")
        body = unpacker.unused_data.lstrip(b"\0")
        if not body:
            return _once(bytes(plain))
        if _bits(body) != bits:
            raise MalformedError("the compressed body is followed by something else")
    raise MalformedError(f"the compressed body has more than {MOST_PARTS} parts")


def _bits(body: bytes) -> int | None:
    return ENCODED_BY.get(body[:2]) or ENCODED_BY.get(body[:1])


def _once(plain: bytes) -> bytes:
    if is_packed(plain):
        raise MalformedError("the body is compressed twice")
    return plain
