"""The composition root: a config in, a running gateway out. Only the command line imports it."""
