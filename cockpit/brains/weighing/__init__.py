"""What each brain has earned, and what the ensemble makes of all of them."""
