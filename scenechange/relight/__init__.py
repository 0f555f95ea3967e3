"""Light and shade on the person, turned towards the scene's light within limits."""
