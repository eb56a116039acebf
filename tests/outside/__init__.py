"""Drills over loopback, with the doors that are used at the broker; long forms are commands."""
