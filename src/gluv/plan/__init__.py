"""Config and context to `Plan`: which jobs run, with which variables, and why the others do not."""
