"""Benchmarks: how fast the house is beside its peers, measured on this machine and never asserted.

A file `benchmarks/bench_<area>.py` with a function `run() -> list[Row]` is a benchmark; there is nothing to register.
"""
