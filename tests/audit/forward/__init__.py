"""Tests of the delivery to other systems."""
