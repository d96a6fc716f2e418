"""Meshy as its pages tell it: everything below `/openapi`."""
