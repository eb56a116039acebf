"""Live: the broker whose money is real, and the order protocol that survives what real brokers do.

Lives here: the order protocol over a real broker's door, its order states, its software brackets
May know: ground
Start reading: broker.py
"""
