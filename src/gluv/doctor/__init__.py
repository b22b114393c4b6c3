"""Looks at everything gluv depends on here, and says what is wrong and what mends it."""
