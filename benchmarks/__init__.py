"""What the documents claim about speed, measured. `python -m benchmarks` lists and runs all; see docs/benchmarks.md."""
