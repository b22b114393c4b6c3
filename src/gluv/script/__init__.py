"""A planned job to the shell text of each stage."""
