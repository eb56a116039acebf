"""The panels: one file each, given a board, a desk and reports.

Lives here: one panel a file
May know: ground, widgets, ui, Qt
Start reading: watchlist.py
"""
