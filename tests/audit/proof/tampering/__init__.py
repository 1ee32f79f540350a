"""What somebody could do to the streams, or to an export of them, and where it must be found.

Each kind takes evidence that is whole, and gives what somebody without the key made of it. Of each
it is known whose records were touched, so a finding about anybody else is false.
"""

from __future__ import annotations

from collections.abc import Mapping

from tests.audit.proof.tampering import chaining, exports, lines, places, removal, signatures
from tests.audit.proof.tampering.hand import Way

KINDS: Mapping[str, Way] = {
    **lines.KINDS,
    **removal.KINDS,
    **places.KINDS,
    **chaining.KINDS,
    **signatures.KINDS,
    **exports.KINDS,
}
"""Each must be found."""
