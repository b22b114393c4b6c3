"""Everything kept on disk: SQLite and content-addressed files in `.gluv/`."""
