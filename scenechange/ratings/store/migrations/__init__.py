"""Steps from one shape of the tables to the next, oldest first; never changed once released."""
