"""The way back: what became of a lead, told once to each system that asked for it and may have it."""
