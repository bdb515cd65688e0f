"""A backup: one tar of the database as it was at one moment and of the files; no secret of the settings is in it."""
