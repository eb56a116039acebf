"""Tests of the evening room."""
