"""Records that somebody is allowed to see, out of those that they want. Pure."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Final

from gateway.audit.formats import Format
from gateway.audit.reading.choice import Choice
from gateway.audit.reading.fields import Fields
from gateway.audit.reading.meaning import BODIES

OF_THE_HOUSE: Final = ("client", "facts")
"""What only one's own people see of a record: where an operator was, and what policies were told,
which is of the accounts above too."""


@dataclass(frozen=True, slots=True)
class Permitted(Choice):
    """A choice of what may be seen.

    Attributes:
        accounts: a site's name and an account's id, of each whose records may be; None: all.
        bare: leave bodies out.
    """

    accounts: frozenset[tuple[str, str]] | None = None
    bare: bool = False

    def takes(self, fields: Fields) -> bool:
        """Whether a record is wanted and may be seen."""
        if self.accounts is not None:
            of = (fields.get("site", ""), fields.get("subject", {}).get("account", ""))
            if of not in self.accounts:
                return False
        if self.bare and fields["kind"] in BODIES:
            return False
        return Choice.takes(self, fields)


def bare(form: Format) -> Format:
    """Give a format that leaves out what only one's own people see."""

    def write(line: bytes, fields: Fields) -> bytes:
        left = {name: value for name, value in fields.items() if name not in OF_THE_HOUSE}
        if form.is_stream:
            line = json.dumps(left, separators=(",", ":")).encode()
        return form.write(line, left)

    return Format(write, form.head, form.is_stream)
