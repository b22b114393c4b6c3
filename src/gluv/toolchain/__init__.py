"""An `image:` reference to what provides it: which uv, which Python."""
