"""Triverse as its pages tell it: everything below `/api/v1`."""
