"""Whole days under faults: what must survive them."""
