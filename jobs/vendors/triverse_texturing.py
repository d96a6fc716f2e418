"""Triverse: new surfaces for a model, from a picture or from words. Facts: its page Texturing, read on 2026-11-21."""

from jobs.operations import Operation

OPERATIONS: tuple[Operation, ...] = ()
