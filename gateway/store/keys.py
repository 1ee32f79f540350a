"""The name of every key, made in one place.

Names start with `gateway:` and their parts are joined by `:`. A part that comes from outside is
percent-encoded, so that no two keys can be the same by what their parts hold (threat 51), and so
that no part can carry a hash tag of its own. Keys that one script touches share a hash tag: a
cluster keeps them in one slot.
"""

from __future__ import annotations

from urllib.parse import quote


def _key(kind: str, part: str) -> str:
    if not part:
        raise ValueError(f"a {kind} key needs a name")
    return f"gateway:{kind}:{quote(part, safe='')}"


def _tagged(kind: str, part: str) -> str:
    if not part:
        raise ValueError(f"a {kind} key needs a name")
    return f"gateway:{kind}:{{{quote(part, safe='')}}}"


def audit_stream(shard: int) -> str:
    """Stream of records; others read it by this name."""
    return f"gateway:audit:{shard}"


def audit_shards() -> str:
    """How many streams of records there were at most."""
    return "gateway:audit_shards"


def audit_writers(shard: int) -> str:
    """Hash of writer -> the last `seq` that the stream holds of it; lives in the stream's slot.

    Less than 0: the writer was taken for dead.
    """
    return f"gateway:audit_writers:{{{audit_stream(shard)}}}"


def audit_open(shard: int) -> str:
    """Hash of writer -> from where on its requests may be open; lives in the stream's slot."""
    return f"gateway:audit_open:{{{audit_stream(shard)}}}"


def audit_trimmed(shard: int) -> str:
    """Hash of the last `audit.trimmed` of a stream, and up to where; lives in the stream's slot."""
    return f"gateway:audit_trimmed:{{{audit_stream(shard)}}}"


def audit_positions(shard: int, mark: str) -> str:
    """List of positions in a stream, of the records with a mark; lives in the stream's slot."""
    return f"gateway:audit_positions:{{{audit_stream(shard)}}}:{mark}"


def audit_dead(consumer: str) -> str:
    """Stream of the records that a consumer's destination refused for good."""
    return _key("audit:dead", consumer)


def audit_forwarder(consumer: str) -> str:
    """Who delivers to a consumer's destination, while it says that it lives."""
    return _key("audit_forwarder", consumer)


def session(session_id: str) -> str:
    """One session's value."""
    return _tagged("session", session_id)


def jar(session_id: str) -> str:
    """The app's cookies of one session; in the slot of the session."""
    return _tagged("jar", session_id)


def enter_code(digest: str) -> str:
    """Session id by the hash of its one-time enter code."""
    return _key("enter", digest)


def sign_in(digest: str) -> str:
    """One operator's sign-in by the hash of its cookie's token."""
    return _key("sign_in", digest)


def way_code(digest: str) -> str:
    """What a one-time code opens, by its hash: the ways in on the pages of one host."""
    return _key("way_code", digest)


def way(digest: str) -> str:
    """The sign-in for which a host shows ways in, by the hash of that host's cookie."""
    return _key("way", digest)


def password(name: str) -> str:
    """The hash of a password of somebody who is kept in the store."""
    return _key("password", name)


def tries(address: str) -> str:
    """Sorted set of an address's tries to sign in, by time."""
    return _tagged("tries", address)


def tries_of_name(address: str, digest: str) -> str:
    """The same, of one name, by its hash; in the slot of the address."""
    return f"{_tagged('tries', address)}:{quote(digest, safe='')}"


def live_sessions() -> str:
    """Sorted set of the ids of live sessions, by expiry."""
    return "gateway:live"


def actor_sessions(actor: str, site: str) -> str:
    """Sorted set of the ids of an operator's sessions on a site, by when they were taken."""
    return f"{_key('actor_sessions', actor)}:{quote(site, safe='')}"


def approval(approval_id: str) -> str:
    """One request for approval: what it is for, and what became of it."""
    return _tagged("approval", approval_id)


def approvals() -> str:
    """Sorted set of the ids of requests for approval, by when they were made."""
    return "gateway:approvals"


def approvals_of(operator: str) -> str:
    """Sorted set of the ids of an operator's requests that wait, by when they wait no more."""
    return _key("approvals_of", operator)


def approved_of(operator: str) -> str:
    """Sorted set of the ids of an operator's requests that were approved, by when that ends."""
    return _key("approved_of", operator)


def approvals_waiting() -> str:
    """Sorted set of the ids of all requests that wait, by when they wait no more."""
    return "gateway:approvals:waiting"


def broken_glass(session_id: str) -> str:
    """One session that broke the glass, and what somebody found who looked into it."""
    return _tagged("broken_glass", session_id)


def broken_glasses() -> str:
    """Sorted set of the ids of sessions that broke the glass, by when they did."""
    return "gateway:broken_glass"


def unreviewed() -> str:
    """The same, of those into which nobody has looked yet."""
    return "gateway:broken_glass:unreviewed"


def watched(operator: str, session_id: str) -> str:
    """That an operator looks into a session of somebody else, which is on record."""
    return f"{_key('watched', operator)}:{quote(session_id, safe='')}"


def recent_subjects(operator: str) -> str:
    """Sorted set of those for whom an operator acted, by when."""
    return _key("recent_subjects", operator)


def pinned_subjects(operator: str) -> str:
    """Sorted set of those whom an operator pinned, by when."""
    return _key("pinned_subjects", operator)


def exports() -> str:
    """Hash of the exports that operators asked for, by id; `version` counts who was let in."""
    return "gateway:exports"


def endings() -> str:
    """Channel on which workers hear of sessions that ended."""
    return "gateway:endings"


def leases() -> str:
    """Sorted set of the workers that may serve sessions, by when that ends unless renewed."""
    return "gateway:leases"


def confirmation(nonce: str) -> str:
    """List on which workers confirm that they have heard of one ending."""
    return _key("confirmation", nonce)


def ledger(name: str) -> str:
    """Hash of the values of a ledger, each behind its version."""
    return _tagged("ledger", name)


def ledger_log(name: str) -> str:
    """Stream of every change of a ledger."""
    return f"{_tagged('ledger', name)}:log"


def ledger_history(name: str, key: str) -> str:
    """List of the positions in the log at which one key was changed."""
    return f"{_tagged('ledger', name)}:of:{quote(key, safe='')}"


def consent_ends() -> str:
    """Sorted set of when consents end, and whose."""
    return "gateway:consent_ends"


def waited(key: str) -> str:
    """What is written after `key` was, so that there is something to wait for; in its slot."""
    tag = key.partition("{")[2].partition("}")[0] or key
    return f"gateway:waited:{{{tag}}}"


def notices() -> str:
    """Stream of the notices that wait; the keys below live in its slot."""
    return "gateway:notices"


def notices_of(what: str) -> str:
    """What is known of the notices: how many `tries` each had, which are `dead`, and so on."""
    return f"gateway:notices_{what}:{{{notices()}}}"
