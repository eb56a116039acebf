"""The widgets room, tested: what a trader sees and what a click or a key brings about."""
