"""Tests of the benchmark runner; the figures themselves are measured, never asserted."""
