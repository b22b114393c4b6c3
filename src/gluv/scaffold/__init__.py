"""A uv project's facts to the `.gitlab-ci.yml` it should have."""
