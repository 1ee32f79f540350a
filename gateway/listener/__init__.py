"""The client's side of the wire: strict framing in, exact bytes out, on aiohttp's server."""
