"""How records get into their streams: in order, each once, durably."""
