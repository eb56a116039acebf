"""Tests of research: the backtest beside the flow that trades."""
