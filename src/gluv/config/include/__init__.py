"""`include:`: other files become part of a configuration."""
