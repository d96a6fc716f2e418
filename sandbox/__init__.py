"""Stands in for the vendors on this machine: their HTTP APIs outside, the engine inside. A program of its own."""
