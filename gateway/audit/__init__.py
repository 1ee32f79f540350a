"""Records of what was done: durable, ordered, readable."""
