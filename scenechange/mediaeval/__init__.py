"""The benchmark: run submissions of teams, and what goes back to them."""
