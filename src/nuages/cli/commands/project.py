"""check, plan, pack: what Nuages makes of a project; no server is needed."""
