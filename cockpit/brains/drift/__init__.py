"""Whether what was learned still holds: signs, and the ladder of remedies."""
