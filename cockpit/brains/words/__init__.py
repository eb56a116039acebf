"""What headlines say: phrases, tone, events, and heads that learn to hear it."""
