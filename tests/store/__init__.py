"""Tests of the store: its client, its keys and the embedded server."""
