"""Text that old browsers' SDKs packed by LZ-string and wrote in base64 → the text."""

from typing import Final

from producers.collector.unpacking import MalformedError, TooLargeError

LONGEST: Final = 128 << 10  # characters of base64; SDKs of that time sent far less, and each bit costs time
_BITS: Final = {
    letter: f"{value:06b}"
    for value, letter in enumerate("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/")
}
_CHARACTER_BITS: Final = {0: 8, 1: 16}  # codes that say that a new character follows, and of how many bits
_END: Final = 2


class _Numbers:
    """The numbers in base64: six bits of a letter, the highest first, and the lowest of a number first."""

    def __init__(self, text: str) -> None:
        try:
            self._bits = "".join([_BITS[letter] for letter in text])
        except KeyError:
            raise MalformedError("the packed text is not base64") from None
        self._at = 0

    def take(self, width: int) -> int:
        start, self._at = self._at, self._at + width
        if self._at > len(self._bits):
            raise MalformedError("the packed text is not complete")
        return int(self._bits[start : self._at][::-1], 2)


def unpacked_lz64(packed: str, largest: int) -> str:
    """Return the text.

    A code stands for a text that came before, or says that a new character follows. Each adds one more: the
    text before it and the first character of its own. Codes have as many bits as the texts' number. Raises
    MalformedError, and TooLargeError beyond LONGEST as sent or `largest` characters unpacked.
    """
    if len(packed) > LONGEST:
        raise TooLargeError
    numbers = _Numbers(packed.strip().rstrip("="))
    texts = ["", "", ""]  # in place of the codes that stand for none
    written: list[str] = []
    before, size = "", 0
    code = numbers.take(2)
    while code != _END:
        if code in _CHARACTER_BITS:
            text = chr(numbers.take(_CHARACTER_BITS[code]))
            texts.append(text)
        elif code < len(texts):
            text = texts[code]
        elif code == len(texts) and before:
            text = before + before[0]
        else:
            raise MalformedError("the packed text is damaged")
        if before:
            texts.append(before + text[0])
        size += len(text)
        if size > largest:
            raise TooLargeError
        written.append(text)
        before = text
        code = numbers.take(len(texts).bit_length())
    # A character beyond the first plane came as two.
    return "".join(written).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
