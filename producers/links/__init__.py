"""Tagged links: what they are called, where they lead, who got one of his own, and their pictures."""
