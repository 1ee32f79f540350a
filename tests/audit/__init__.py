"""Tests of the audit: records, how they get to their stream, and how they are read."""
