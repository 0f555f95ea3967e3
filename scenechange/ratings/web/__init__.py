"""The pages of a study: what workers see, what a worker's receipt opens, and what the organiser watches."""
