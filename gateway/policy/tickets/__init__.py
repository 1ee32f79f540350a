"""Tickets: what one looks like, where it is looked up, and what the answer must say. Pure."""
