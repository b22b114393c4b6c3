"""A plan to a stream of events and results."""
