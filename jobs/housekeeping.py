"""Finds what stands still or lies around, mends what is safe, and lists the rest."""
