"""Read digits from cameras, streams and files."""
