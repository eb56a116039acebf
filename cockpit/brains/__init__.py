"""The brains room: what has an opinion about tomorrow.

Lives here: the scan, the brains, the ensemble and what they learn
May know: ground
Start reading: scan.py
"""
