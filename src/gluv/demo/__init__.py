"""The project of `gluv demo`: a small uv project with the pipeline of the uv guide."""
