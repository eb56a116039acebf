"""The widgets room: deaf and mute painters; data in by method, wishes out by signal.

Lives here: charts, tables, meters and buttons that know Qt and nothing of the house's work
May know: ground, Qt
Start reading: candles.py
"""
