"""up, down, status: the platform itself."""
