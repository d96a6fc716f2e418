"""Measurements: `make bench`. Nothing here runs in the tests."""
