"""A mapping suggested for an export that nobody has mapped."""
