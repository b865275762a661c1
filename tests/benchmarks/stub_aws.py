"""An AWS of one answer, asynchronous and quick: each Region answers after a fixed time.

For fan-out figures only: moto serves some 690 requests a second and would be what is measured.
`python -m tests.benchmarks.stub_aws SECONDS` prints its URL and serves until it is ended.
"""

import asyncio
import json
import sys

RULES = {
    "pullThroughCacheRules": [
        {
            "ecrRepositoryPrefix": prefix,
            "upstreamRegistryUrl": url,
            "createdAt": 1790000000.0,
            "registryId": "123456789012",
            "upstreamRegistry": kind,
            "upstreamRepositoryPrefix": "ROOT",
        }
        for prefix, url, kind in (
            ("quay", "quay.io", "quay"),
            ("kubernetes", "registry.k8s.io", "k8s"),
            ("ecr-public", "public.ecr.aws", "ecr-public"),
        )
    ]
}
IDENTITY = b"""<GetCallerIdentityResponse><GetCallerIdentityResult><Account>123456789012</Account>
<Arn>arn:aws:iam::123456789012:user/bench</Arn><UserId>U</UserId></GetCallerIdentityResult>
<ResponseMetadata><RequestId>0</RequestId></ResponseMetadata></GetCallerIdentityResponse>"""


async def serve(seconds: float) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await _head(reader):
            is_rules = b"x-amz-target: amazonec2containerregistry" in head
            await reader.readexactly(_length(head))
            if is_rules:
                await asyncio.sleep(seconds)
            body = json.dumps(RULES).encode() if is_rules else IDENTITY
            writer.write(_response(body, "application/x-amz-json-1.1" if is_rules else "text/xml"))
            await writer.drain()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, backlog=256)
    sys.stdout.write(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}\n")
    sys.stdout.flush()
    await server.serve_forever()


async def _head(reader: asyncio.StreamReader) -> bytes:
    try:
        return (await reader.readuntil(b"\r\n\r\n")).lower()
    except (asyncio.IncompleteReadError, ConnectionError):
        return b""


def _length(head: bytes) -> int:
    _, _, rest = head.partition(b"content-length:")
    return int(rest.partition(b"\r\n")[0] or 0)


def _response(body: bytes, content_type: str) -> bytes:
    return (
        f"HTTP/1.1 200 OK\r\ncontent-type: {content_type}\r\n"
        f"x-amzn-requestid: 0\r\ncontent-length: {len(body)}\r\n\r\n"
    ).encode() + body


if __name__ == "__main__":
    asyncio.run(serve(float(sys.argv[1])))
