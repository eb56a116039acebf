"""Tests of the storage room: what was acknowledged is there, what was changed is seen."""
