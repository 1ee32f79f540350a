"""End to end: real sockets, a real store, real apps behind."""
