"""Style sheet, scripts and icon of our pages, served under names that change with their content.

They hold nothing secret and are the same for everybody, so they are served on every host under the
prefix, without sign-in, and may be kept for a year.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from aiohttp import web

from gateway.errors import ClientError

FOLDER = Path(__file__).parent / "static"
_TYPES = {".css": "text/css", ".js": "text/javascript", ".svg": "image/svg+xml"}


class Assets:
    """The files of `static/`, read once."""

    def __init__(self) -> None:
        self._names: dict[str, str] = {}
        self._files: dict[str, tuple[bytes, str]] = {}
        for file in sorted(FOLDER.iterdir()):
            content = file.read_bytes()
            name = f"{file.stem}-{hashlib.sha256(content).hexdigest()[:10]}{file.suffix}"
            self._names[file.name] = name
            self._files[name] = (content, _TYPES[file.suffix])

    def name(self, file: str) -> str:
        """Give the served name of a file, such as `console-1f0c9a77de.css`."""
        return self._names[file]

    def respond(self, name: str) -> web.Response:
        """Answer with a file.

        Raises:
            ClientError: `not_found` (404).
        """
        if name not in self._files:
            raise ClientError("not_found", "There is no such file.", status=404, title="Not found")
        content, media_type = self._files[name]
        return web.Response(
            body=content,
            content_type=media_type,
            charset="utf-8",
            headers={
                "Cache-Control": "public, max-age=31536000, immutable",
                "X-Content-Type-Options": "nosniff",
                "Cross-Origin-Resource-Policy": "same-origin",
            },
        )
