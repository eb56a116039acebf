"""Tests of the engine room: bars, rules, the gate and the flow that joins them."""
