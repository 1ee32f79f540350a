"""What an app says in a session's WebSocket: each message is redacted as a whole.

On a socket of GraphQL a hidden field is hidden under every name that was asked for it on this
socket so far (threat row 29): an answer may come late, and in any order.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from gateway.errors import SocketClosed, Unreadable
from gateway.model import Remark
from gateway.redaction.json import redact_json
from gateway.redaction.rules import MOST_ALIASES, Selection, hidden_aliases, with_aliases
from gateway.redaction.summary import added
from gateway.wire.frames import Frame, Opcode

if TYPE_CHECKING:
    from gateway.policy.graphql_document import Alias


class AppMessages:
    """Redacts the messages of one WebSocket.

    Args:
        selection: what the rules hide there, None when no rule applies.
        graphql: where values stand is chosen by who asks.
    """

    def __init__(self, selection: Selection | None, *, graphql: bool) -> None:
        self._rules = selection
        self._aliases: tuple[Alias, ...] = ()
        self._selection = with_aliases(selection, ()) if selection and graphql else selection
        self.remarks: tuple[Remark, ...] = ()
        """What each rule that hit has hidden so far."""

    @property
    def hides(self) -> bool:
        """Whether any rule applies."""
        return self._selection is not None

    def asked(self, aliases: tuple[Alias, ...]) -> None:
        """Note under which names an operation asks for its fields, before the app hears of it."""
        if self._rules is None or not aliases or len(self._aliases) > MOST_ALIASES:
            return  # beyond that nothing passes any more
        more = set(hidden_aliases(self._rules, aliases)).difference(self._aliases)
        if more:
            self._aliases += tuple(sorted(more))
            self._selection = with_aliases(self._rules, self._aliases)

    def redacted(self, frame: Frame) -> bytes:
        """Hide what the rules select in one message.

        Raises:
            SocketClosed: `message_unreadable`; what cannot be read is not passed (law 7).
        """
        if self._selection is None or not frame.data:
            return frame.data
        if frame.opcode is Opcode.BINARY or "json" not in self._selection.speaks:
            raise SocketClosed(
                "message_unreadable",
                "Values are hidden here, and the app sent a message that the gateway cannot read.",
            )
        try:
            data, remarks = redact_json(frame.data, self._selection)
        except Unreadable as why:
            raise SocketClosed("message_unreadable", why.detail) from why
        self.remarks = added(self.remarks, remarks)
        return data
