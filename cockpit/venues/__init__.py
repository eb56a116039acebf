"""The venues room: every door to the outside world.

Lives here: feeds, brokers, history, calendars and files of vendors; one vendor, one door
May know: ground
Start reading: kite_feed.py
"""
