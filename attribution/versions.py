"""Versions: of two states of one thing the one with the larger number counts."""

# Offsets of one partition stay far below it; the policy's epoch stands above.
EPOCH = 1 << 48


def version_of(epoch: int, count: int) -> int:
    """Return the version of what was derived in an epoch of the policy from so many records."""
    return epoch * EPOCH + count


def epoch_of(version: int) -> int:
    """Return the epoch that a version belongs to."""
    return version // EPOCH
