"""The paper room, held to the exchange's own arithmetic."""
