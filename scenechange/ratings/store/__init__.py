"""Where votes are kept: SQLite for one machine, PostgreSQL for more, the same code for both."""
