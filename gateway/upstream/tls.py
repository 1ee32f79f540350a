"""How the app's certificate is verified."""

from __future__ import annotations

import ssl


def client_context(ca_file: str | None) -> ssl.SSLContext:
    """A context that verifies chain and name, by `ca_file` alone or by the system's authorities.

    Raises:
        OSError: `ca_file` cannot be read, or holds no certificate.
    """
    context = ssl.create_default_context(cafile=ca_file)
    context.set_alpn_protocols(["http/1.1"])
    return context
