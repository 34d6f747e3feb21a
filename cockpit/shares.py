"""How sure a share or a change of few is: intervals that hold for small numbers, too."""

import math
from typing import Final

# Nineteen times in twenty.
_Z: Final = 1.959964
# Fewer tell nothing about better and worse.
FEW: Final = 5


def wilson(count: float, of: float) -> tuple[float, float] | None:
    """The least and the most that the share behind `count` of `of` may be; None where it is no share."""
    if of <= 0 or not 0 <= count <= of:
        return None
    share, extra = count / of, _Z * _Z / of
    middle = (share + extra / 2) / (1 + extra)
    half = _Z * math.sqrt(share * (1 - share) / of + extra / of / 4) / (1 + extra)
    return max(0.0, middle - half), min(1.0, middle + half)


def is_clear(now: float, before: float) -> bool:
    """Whether two counts of periods of one length differ by more than chance alone lets them."""
    return max(now, before) >= FEW and abs(now - before) > _Z * math.sqrt(now + before)
