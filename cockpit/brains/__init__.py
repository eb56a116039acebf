"""The brains room: what has an opinion about tomorrow.

Lives here: the five brains, what they measure and learn, how they are weighed, marked and explained, and the scan
May know: ground
Start reading: technical.py
"""
