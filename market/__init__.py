"""A simulated B2B market: what happens in it, in the formats of the outside world, and the truth about it."""

from market.model import Market
from market.simulation import simulate, stories
from market.writing import write

__all__ = ["Market", "simulate", "stories", "write"]
