"""The storage room: what is remembered, and how it survives.

Lives here: the ledger, its projections, bars and ticks in column files, the vault
May know: ground
Start reading: ledger.py
"""
