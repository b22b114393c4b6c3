"""The `spec:` header of a configuration: which inputs it takes and what they may be."""
