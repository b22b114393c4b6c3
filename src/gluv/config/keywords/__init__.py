"""One file a keyword: the frozen struct and its reader together."""
