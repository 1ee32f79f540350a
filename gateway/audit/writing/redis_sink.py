"""Records in a Redis stream: one script call appends a batch, once."""

from __future__ import annotations

from gateway.audit.writing.sink import Batch
from gateway.store.client import Store
from gateway.store.keys import audit_positions, audit_stream, audit_writers
from gateway.store.line import Line
from gateway.store.scripts import Script

# KEYS: the stream; the hash of writer -> last seq held, less than 0 of one that was taken for dead
# (`writers`); what the names of lists of positions begin with. ARGV: writer, after, first, joined
# lines, the marks of each, a line feed behind them.
# The lists are in the slot of the stream by their hash tag, so a cluster has them where it runs.
# The server runs it as a whole or not at all, in memory and in its append-only file. The first
# write comes after every check that can fail (wrong types included), so there is no half of it; a
# list that somebody made something else is passed over.
# A line is ASCII JSON and holds no line feed, so joined lines part again where they were joined.
# They are parted by plain finds: patterns look at each byte, for a third of the script's time.
_APPEND = Script(
    """
local held = tonumber(redis.call('HGET', KEYS[2], ARGV[1]) or 0)
if held < 0 then return -1 end
if held < tonumber(ARGV[2]) then return held end
local seq, lines, marks, at, from = tonumber(ARGV[3]), ARGV[4], ARGV[5], 1, 1
while at <= #lines do
    local stop = string.find(lines, '\\n', at, true) or #lines + 1
    local last = string.find(marks, '\\n', from, true) or #marks + 1
    if seq > held then
        local position = redis.call('XADD', KEYS[1], '*', 'record', string.sub(lines, at, stop - 1))
        while from < last do
            local blank = string.find(marks, ' ', from, true)
            if not blank or blank > last then blank = last end
            redis.pcall('RPUSH', KEYS[3] .. string.sub(marks, from, blank - 1), position)
            from = blank + 1
        end
    end
    at, from, seq = stop + 1, last + 1, seq + 1
end
if seq - 1 > held then
    held = seq - 1
    redis.call('HSET', KEYS[2], ARGV[1], held)
end
return held
"""
)


class RedisSink:
    """Streams `gateway:audit:{shard}` of `store`, field `record`; a connection for each shard."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._shards: dict[int, tuple[Line, tuple[str, str, str]]] = {}

    def spooled(self, shard: int) -> int:
        """None: it holds nothing itself."""
        return 0

    async def append(self, batch: Batch) -> int:
        """As `Sink.append`: `held` lives beside the stream and is written with it."""
        shard = self._shards.get(batch.shard)
        if shard is None:
            keys = (
                audit_stream(batch.shard),
                audit_writers(batch.shard),
                audit_positions(batch.shard, ""),
            )
            shard = self._shards[batch.shard] = Line(self._store), keys
        line, keys = shard
        marks = b"".join([each + b"\n" for each in batch.marks])
        words = (batch.writer, batch.after, batch.first, b"\n".join(batch.lines), marks)
        held: int = await line.run(_APPEND, keys, words, "put the request on record")
        return held

    async def aclose(self) -> None:
        """Close its connections; the store stays open."""
        for line, _ in self._shards.values():
            await line.aclose()
        self._shards.clear()
