"""The strategies: what wants a position, and when.

Lives here: one file per rule: a compiled step and its readable twin
May know: ground
Start reading: orb.py
"""
