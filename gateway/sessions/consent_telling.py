"""Users are told who asks them to allow acting on their behalf, and why."""

from __future__ import annotations

from collections.abc import Callable

import structlog

from gateway.errors import StoreAway
from gateway.model import Operator, User
from gateway.notices.notice import Notice, NoticeKind, Notices
from gateway.site import Site

_log = structlog.get_logger("notices")


class ConsentTelling:
    """Implements `sessions.consent_desk.Tell`.

    Args:
        notices: where notices are put.
        now: the wall clock in milliseconds.
    """

    def __init__(self, notices: Notices, now: Callable[[], int]) -> None:
        self._notices = notices
        self._now = now

    async def __call__(
        self, site: Site, user: User, operator: Operator, why: str, page: str
    ) -> bool:
        """Put a notice for the user; false where nobody can be told, or it could not be kept.

        They were asked already, and see it on their page: the operator passes the address on.
        """
        if not self._notices.configured or not user.email:
            return False
        at = self._now()
        notice = Notice(
            id=f"{NoticeKind.CONSENT_ASKED}:{site.name}:{user.id}:{operator.id}:{at}",
            kind=NoticeKind.CONSENT_ASKED,
            at=at,
            to=(user.email,),
            site=site.label,
            who=operator.name,
            profile=operator.profile,
            whom=user.name,
            reason=why,
            link=page,
        )
        try:
            await self._notices.put(notice)
        except StoreAway as away:
            _log.warning("notice.not_kept", notice=notice.id, detail=away.detail)
            return False
        return True
