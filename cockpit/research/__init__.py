"""Research: experiments and backtests that do not lie.

Lives here: backtests of the event flow, and later experiments and the gate
May know: ground, brains, engine, paper
Start reading: backtest.py
"""
