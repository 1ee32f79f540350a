"""Tests of the formats of exports."""
