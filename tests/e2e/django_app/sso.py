"""Who a proxy says it is, as Django's docs have it for a header instead of a CGI variable."""

from __future__ import annotations

from django.contrib.auth.middleware import (  # type: ignore[import-untyped]  # Django has no types
    RemoteUserMiddleware,
)


class ProxyUserMiddleware(RemoteUserMiddleware):  # type: ignore[misc]  # its base has no type
    header = "HTTP_X_REMOTE_USER"
