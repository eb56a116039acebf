"""The tests: mirrors of the rooms, contracts over the rosters, the house's own laws and recorded days."""
