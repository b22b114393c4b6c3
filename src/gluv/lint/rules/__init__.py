"""The rules, one module for each closely related family; each module lists its `RULES`."""
