"""The engine room: what decides, and in what order.

Lives here: bars, strategies, the risk gate, the blotter, the desk and the one flow that joins them
May know: ground
Start reading: flow.py
"""
