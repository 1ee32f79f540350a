"""A gateway in front of a recorder."""

from tests.e2e.conftest import app, gw

__all__ = ["app", "gw"]
