"""Everything that can break, breaks, while people work: `python -m benchmarks.torture` (docs/torture.md)."""
