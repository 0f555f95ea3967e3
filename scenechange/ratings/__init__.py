"""Appeal ratings: studies, designs, the store of votes, the workers' pages and the statistics.

Appeal is "the degree to which a picture is realistic or acceptable" (MediaEval Scene Change). Needs the extra `rate`
for pages and store, and `analysis` for the statistics.
"""
