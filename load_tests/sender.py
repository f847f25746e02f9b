"""`python -m load_tests.sender URL SUBJECT FILE`: publish a file's payloads (u32 length, bytes) as fast as they go."""

import asyncio
import struct
import sys
from pathlib import Path

import nats


async def send(url: str, subject: str, whole: bytes) -> None:
    """One after another, with a flush now and then so that the broker's buffers stay small."""
    client = await nats.connect(url)
    offset, count = 0, 0
    while offset < len(whole):
        (length,) = struct.unpack_from("<I", whole, offset)
        await client.publish(subject, whole[offset + 4 : offset + 4 + length])
        offset += 4 + length
        count += 1
        if count % 200 == 0:
            await client.flush()
    await client.flush()
    await client.close()


if __name__ == "__main__":
    asyncio.run(send(sys.argv[1], sys.argv[2], Path(sys.argv[3]).read_bytes()))
