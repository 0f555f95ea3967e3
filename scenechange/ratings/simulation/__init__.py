"""Synthetic raters: they walk through the real pages for a rehearsal, or vote on paper to find how many are needed."""
