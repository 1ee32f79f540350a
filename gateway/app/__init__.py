"""The composition root: a config in, a running gateway out. Only the command line imports it."""

from gateway.app.serve import listening, log_as_json, serve, serve_on

__all__ = ["listening", "log_as_json", "serve", "serve_on"]
