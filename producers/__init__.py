"""The outside world to topics: the HTTP collector, the file importers, the publisher."""
