"""The checks that know uv: `GLUnnn` rules over a configuration and the project around it."""
