"""What a job prints: masking, sections, ANSI, limits."""
