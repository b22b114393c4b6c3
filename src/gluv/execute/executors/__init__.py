"""Where a job's scripts run: on this machine, or in a container."""
