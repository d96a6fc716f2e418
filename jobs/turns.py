"""Whose turn it is at a vendor: our own limit of tasks at once, shared fairly between projects and people."""
