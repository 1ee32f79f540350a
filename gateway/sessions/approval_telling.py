"""Second persons are told what waits for them, and who asked is told how it was decided."""

from __future__ import annotations

from collections.abc import Mapping

import structlog

from gateway.console.approval_values import Approval
from gateway.errors import StoreAway
from gateway.notices.notice import Notice, NoticeKind, Notices
from gateway.site import Site

_log = structlog.get_logger("notices")


class ApprovalTelling:
    """Tells of requests for approval.

    Args:
        notices: where notices are put.
        sites: by name.
        link: the address of the console.
    """

    def __init__(self, notices: Notices, sites: Mapping[str, Site], link: str) -> None:
        self._notices = notices
        self._sites = sites
        self._link = link

    async def asked(self, approval: Approval) -> None:
        """Tell those whom the config names; call it before the request waits.

        Raises:
            StoreAway: it could not be kept.
        """
        await self._notices.put(
            Notice(
                id=f"{NoticeKind.APPROVAL_REQUESTED}:{approval.id}",
                kind=NoticeKind.APPROVAL_REQUESTED,
                at=approval.asked_at,
                site=self._site(approval),
                who=approval.operator.name,
                profile=approval.operator.profile,
                whom=approval.subject.name,
                mode=approval.mode,
                reason=approval.reason,
                ticket=approval.ticket,
                until=approval.until,
                link=self._link,
            )
        )

    async def decided(self, approval: Approval) -> None:
        """Tell who asked. It is decided already: what cannot be told is in the console."""
        to, by = approval.operator.email, approval.by
        if approval.state not in ("approved", "refused") or not to or by is None:
            return
        notice = Notice(
            id=f"{NoticeKind.APPROVAL_DECIDED}:{approval.id}",
            kind=NoticeKind.APPROVAL_DECIDED,
            at=approval.decided_at,
            to=(to,),
            site=self._site(approval),
            whom=approval.subject.name,
            mode=approval.mode,
            until=approval.until if approval.state == "approved" else 0,
            decision=approval.state,
            by=by.name,
            why=approval.why,
            link=self._link,
        )
        try:
            await self._notices.put(notice)
        except StoreAway as away:
            _log.warning("notice.not_kept", notice=notice.id, detail=away.detail)

    def _site(self, approval: Approval) -> str:
        site = self._sites.get(approval.site)
        return site.label if site else approval.site
