"""Personal data: found, made tokens of, or taken out, before anything reaches a topic."""
