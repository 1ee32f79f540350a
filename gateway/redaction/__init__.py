"""Hiding values of a category from a response; one file a format."""
