"""What CRMs send and export: rows by a mapping, and the events and histories of known vendors."""
