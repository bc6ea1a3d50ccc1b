"""The control plane as an ASGI application, for uvicorn."""

from __future__ import annotations

from django.core.asgi import get_asgi_application

from nuages.control.api.uploads import TakeUploads

application = TakeUploads(get_asgi_application())
