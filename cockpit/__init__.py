"""A desktop trading cockpit for Indian equities."""

__version__ = "0.1.0"
