"""Research: experiments and backtests that do not lie.

Lives here: the backtest, one day through the flow that trades
May know: ground, engine, paper
Start reading: backtest.py
"""
