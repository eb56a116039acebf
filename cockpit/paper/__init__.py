"""The paper room: fills without a broker, as unkind as the market.

Lives here: matching, charges and the paper broker
May know: ground
Start reading: broker.py
"""
