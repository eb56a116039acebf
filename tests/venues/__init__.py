"""The venues room, held to what the outside world really says."""
