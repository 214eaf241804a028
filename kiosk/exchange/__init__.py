"""Files in and out: rosters, reporting packages."""
