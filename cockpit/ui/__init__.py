"""Upstairs: the window a trader lives in.

Lives here: the bridge from facts to frames, the board, the window, the panels and their actions
May know: ground, widgets, Qt
Start reading: window.py
"""
