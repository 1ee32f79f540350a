"""Telling people by mail or webhook what happens: kept first, then delivered."""
