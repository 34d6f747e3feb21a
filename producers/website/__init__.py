"""What trackers on websites send: Segment's calls and our own events."""
