"""The risk room: every reason to say no.

Lives here: the gate, one file per rule, sizing and the halt switch
May know: ground
Start reading: gate.py
"""
