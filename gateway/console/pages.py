"""Pages: the templates, and the header fields under which they are sent.

No page holds script or style of its own, so the policy can forbid both (CSP Level 3): only files
under our own `assets/` run, nothing is framed, and forms go to this origin, or where a started
session is entered.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from aiohttp import web

from gateway import texts
from gateway.console import wording
from gateway.console.assets import Assets

if TYPE_CHECKING:
    from jinja2 import Environment


class Pages:
    """Renders the templates under one prefix."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self.assets = Assets()

    @cached_property
    def _templates(self) -> Environment:
        # Imported with the first page: a worker that shows none does without two megabytes.
        from jinja2 import Environment, FileSystemLoader, StrictUndefined

        templates = Environment(
            loader=FileSystemLoader(Path(__file__).parent / "templates"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
            extensions=["jinja2.ext.i18n"],
        )
        templates.policies["ext.i18n.trimmed"] = True
        templates.globals.update(
            prefix=self.prefix,
            asset=self._asset,
            language=texts.language(),
        )
        cast("Any", templates).install_gettext_callables(
            texts.gettext, texts.ngettext, newstyle=True
        )
        templates.filters.update(
            mode_words=wording.mode_words,
            status_words=wording.status_words,
            timestamp=wording.timestamp,
            clock=wording.clock,
            moment=wording.moment,
            times_in=wording.times_in,
            breakable=wording.breakable,
            duration=wording.duration,
            size=wording.size,
            time_left=wording.time_left,
            translated=texts.translated,
        )
        return templates

    def respond(
        self,
        template: str,
        values: Mapping[str, object],
        *,
        origin: str,
        status: int = 200,
        form_targets: Sequence[str] = (),
        referrer: str = "strict-origin-when-cross-origin",
    ) -> web.Response:
        """Answer with a page.

        Args:
            template: a file of `templates/`.
            values: what the template needs; a missing one is an error.
            origin: of the host that serves the page.
            status: of the reply.
            form_targets: CSP sources that forms may lead to besides this origin.
            referrer: the page's Referrer-Policy.
        """
        return web.Response(
            text=self._templates.get_template(template).render(values),
            status=status,
            content_type="text/html",
            charset="utf-8",
            headers=page_headers(origin, self.prefix, form_targets, referrer),
        )

    def _asset(self, file: str) -> str:
        return f"{self.prefix}assets/{self.assets.name(file)}"


def page_headers(
    origin: str, prefix: str, form_targets: Sequence[str], referrer: str
) -> dict[str, str]:
    """Give the header fields of a page of ours; `form_targets` as in `Pages.respond`."""
    assets = f"{origin}{prefix}assets/"
    policy = [
        "default-src 'none'",
        f"script-src {assets}",
        f"style-src {assets}",
        f"img-src {assets}",
        f"connect-src {origin}{prefix}",
        " ".join(["form-action 'self'", *form_targets]),
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types console",
    ]
    return {
        "Content-Security-Policy": "; ".join(policy),
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": referrer,
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cache-Control": "no-store",
    }


def see_other(location: str) -> web.Response:
    """Send the browser on by GET (303)."""
    return web.Response(
        status=303,
        headers={
            "Location": location,
            "Cache-Control": "no-store",
            "Referrer-Policy": "strict-origin-when-cross-origin",
        },
    )
