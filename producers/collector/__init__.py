"""The HTTP collector: requests of browsers, SDKs and CRMs, answered once the broker has what they said."""
