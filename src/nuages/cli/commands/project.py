"""check, plan, pack: what Nuages makes of a project; no server is needed."""

import click

check = plan = pack = click.Command("x")
