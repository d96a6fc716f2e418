"""Triverse: pictures and better prompts from words. Facts: its page Utilities, read on 2026-11-21."""

from jobs.operations import Operation

OPERATIONS: tuple[Operation, ...] = ()
