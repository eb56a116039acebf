"""The laws of the house: each test reads the source tree and fails on the line that breaks its law."""
