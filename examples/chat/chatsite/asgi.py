import os

from django.core.asgi import get_asgi_application

os.environ.setdefault('DJANGO_SETTINGS_MODULE', 'chatsite.settings')

django_application = get_asgi_application()

from chat.room import talk  # noqa: E402


async def application(scope, receive, send):
    """WebSockets go to the room, everything else to Django."""
    if scope['type'] == 'websocket':
        await talk(scope, receive, send)
    else:
        await django_application(scope, receive, send)
