"""The practice market and its exchange, which speaks Kite over loopback.

Lives here: seeded prices, the matching exchange, its HTTP and web-socket doors, faults
May know: ground, paper
Start reading: exchange.py
"""
