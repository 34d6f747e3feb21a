"""How many different texts there are, and which come again, in a few bytes for each."""

from array import array
from typing import Final

_BUCKETS: Final = 256
_MASK: Final = (1 << 64) - 1


class Distinct:
    """Counts different texts by hashes of 64 bits: of a hundred million, hardly two are taken for one."""

    def __init__(self) -> None:
        self._buckets = [array("Q") for _ in range(_BUCKETS)]
        self._sizes = [1024] * _BUCKETS

    def add(self, text: str) -> None:
        """Count a text, once however often it comes."""
        number = hash(text) & _MASK
        at = number % _BUCKETS
        bucket = self._buckets[at]
        bucket.append(number)
        if len(bucket) > self._sizes[at]:
            self._buckets[at] = array("Q", set(bucket))
            self._sizes[at] = 2 * len(self._buckets[at]) + 1024

    def __len__(self) -> int:
        return sum(len(set(bucket)) for bucket in self._buckets)


class Repeated:
    """Tells which texts came more than once."""

    def __init__(self) -> None:
        self._once: set[int] = set()
        self._again: set[int] = set()

    def add(self, text: str) -> None:
        """Take a text in."""
        number = hash(text)
        (self._again if number in self._once else self._once).add(number)

    def __contains__(self, text: str) -> bool:
        return hash(text) in self._again

    def __bool__(self) -> bool:
        return bool(self._again)
