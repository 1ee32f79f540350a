"""Delivery of the audit stream to other systems, at least once and in order."""
