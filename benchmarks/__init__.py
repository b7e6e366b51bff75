"""How fast Whimbrel is: `python -m benchmarks`."""
