"""One room: what somebody says reaches everybody who is connected to this process."""

import asyncio

people = set()


async def talk(scope, receive, send):
    """A WebSocket from its handshake to its end; text frames only."""
    if scope['path'] != '/ws/':
        await receive()
        await send({'type': 'websocket.close'})
        return
    await receive()
    await send({'type': 'websocket.accept'})
    people.add(send)
    try:
        while (message := await receive())['type'] != 'websocket.disconnect':
            await say(message.get('text') or '')
    finally:
        people.discard(send)


async def say(text):
    """Send to everybody; somebody who has just left is no error."""
    frame = {'type': 'websocket.send', 'text': text}
    await asyncio.gather(*(person(frame) for person in list(people)), return_exceptions=True)
