import asyncio
import json

from tests.bench.target import ORDER, Counter, TargetProtocol

GET = b"GET /orders/1 HTTP/1.1\r\nHost: shop\r\n\r\n"
COUNT = b"GET /count HTTP/1.1\r\nHost: shop\r\nConnection: close\r\n\r\n"


async def test_every_request_is_answered_and_counted_however_it_is_cut_into_packets():
    counter = Counter()
    server = await asyncio.get_running_loop().create_server(lambda: TargetProtocol(counter), "127.0.0.1", 0)
    reader, writer = await asyncio.open_connection(*server.sockets[0].getsockname())
    try:
        writer.write(GET + GET[:20])
        await writer.drain()
        await asyncio.sleep(0)
        writer.write(GET[20:] + COUNT)
        answers = await reader.read()
    finally:
        writer.close()
        await writer.wait_closed()
        server.close()

    assert answers.count(ORDER) == 2
    assert json.loads(answers.rpartition(b"\r\n\r\n")[2]) == {"requests": 2}
    assert 250 <= len(ORDER) <= 350
