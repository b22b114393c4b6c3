"""Parse, wire, print, exit: no logic."""
