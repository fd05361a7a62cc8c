"""Benchmarks: ratios, side by side in one run with what a user would take instead."""
