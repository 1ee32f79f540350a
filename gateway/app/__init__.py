"""The composition root: a config in, a running gateway out. Only the command line imports it."""

from gateway.app.serve import serve, serve_on

__all__ = ["serve", "serve_on"]
