"""Redis: client, keys, scripts and the embedded server."""
