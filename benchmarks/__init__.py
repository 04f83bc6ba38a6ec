"""Benchmarks of pycnn beside torch: `python -m benchmarks.ops` (or train_step, predict, startup); see README.md."""
