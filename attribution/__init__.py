"""The domain: from facts to journeys, by a versioned policy; pure."""
