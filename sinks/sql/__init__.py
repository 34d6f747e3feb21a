"""The SQL that Leadtrace runs: one object or question per file, each with a line on what it answers."""
