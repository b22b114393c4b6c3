"""Expectations about a pipeline: which jobs an event makes, compared with what the plan says."""
