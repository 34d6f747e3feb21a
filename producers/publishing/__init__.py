"""Facts to the broker, and what must stand there for them: topics and how far readers are."""
