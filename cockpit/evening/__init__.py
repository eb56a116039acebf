"""The evening room: from the close of one session to the watchlist of the next, and what the night learns.

Lives here: what is measured, said, judged, marked, adapted and trained on an evening, and the chain of those steps
May know: brains, engine, ground
Start reading: work.py
"""
