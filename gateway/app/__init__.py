"""The composition root: a config in, a running gateway out. Only the command line imports it."""

from gateway.app.log import log_as_json
from gateway.app.serve import serve_on
from gateway.app.sockets import listening
from gateway.app.start import serve

__all__ = ["listening", "log_as_json", "serve", "serve_on"]
