"""GitLab's small languages: `rules:if`, `$VAR`, `$[[ inputs.x ]]`, globs, durations, RE2."""
