"""Measure the speed of Whimbrel: `python -m benchmarks`."""
