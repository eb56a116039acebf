"""Research: experiments and backtests that do not lie.

Lives here: experiments in YAML, books of ranked names, the gate and its statistics, the backtest through the flow
May know: ground, brains, engine, paper
Start reading: rank_study.py
"""
