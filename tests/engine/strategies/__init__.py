"""Tests of the strategies: the published oracles, and each compiled step beside its readable twin."""
