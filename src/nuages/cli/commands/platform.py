"""up, down, status: the platform itself."""

import click

up = down = status = click.Command("x")
