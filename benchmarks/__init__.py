"""Measurements: `make bench` and docs/performance.md; `make bench-road`. Tests read the stub vendor alone."""
