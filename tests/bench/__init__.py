"""Benchmarks: a command of their own (`python -m tests.bench`), never timed tests."""
