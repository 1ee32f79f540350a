"""Accounts, users and operators; one file a directory source."""
