"""What comes of an input: facts, or what is left out and why."""
