"""What each tracker speaks over HTTP: its paths and bodies, where it shows its key, the answer it needs."""
