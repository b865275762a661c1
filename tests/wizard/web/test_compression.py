"""Responses are compressed, and compression does not delay a streamed response."""

import gzip
import zlib
from collections.abc import Callable, Iterator

import brotli
import pytest
from django.http import StreamingHttpResponse

from ptcconsole.fakeaws.server import FakeAws
from tests.person import ACCOUNT, REGION, Person, sign_in
from wizard.domain import Role
from wizard.services import fanout

OVERVIEW = f"/{ACCOUNT}/rules/"
LIST = f"/{ACCOUNT}/{REGION}/rules/"
HELD = "eu-west-1"
GZIP = {"Accept-Encoding": "gzip"}


BROTLI = {"Accept-Encoding": "gzip, deflate, br, zstd"}


def readable(pieces: Iterator[bytes], unpack: Callable[[bytes], bytes]) -> Iterator[str]:
    """What a browser can show after each piece."""
    text = ""
    for piece in pieces:
        text += unpack(piece).decode()
        yield text


@pytest.mark.parametrize(
    ("headers", "encoding", "unpack"),
    [
        (GZIP, "gzip", lambda: zlib.decompressobj(wbits=16 + zlib.MAX_WBITS).decompress),
        (BROTLI, "br", lambda: brotli.Decompressor().process),
    ],
    ids=["gzip", "br"],
)
def test_a_section_arrives_while_another_region_is_held(
    aws: FakeAws,
    person: Person,
    monkeypatch: pytest.MonkeyPatch,
    headers: dict[str, str],
    encoding: str,
    unpack: Callable[[], Callable[[bytes], bytes]],
) -> None:
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 600.0)
    aws.hold(region=HELD, operation="DescribePullThroughCacheRules")
    answer = person.client.get(OVERVIEW, headers=headers)
    assert isinstance(answer, StreamingHttpResponse)
    assert answer["Content-Encoding"] == encoding
    texts = readable(iter(answer), unpack())
    shell = next(texts)
    assert "<h1" in shell
    assert f'id="region-{REGION}"' not in shell
    others = [next(texts) for _ in range(33)][-1]
    assert f'id="region-{REGION}"' in others
    assert f'id="region-{HELD}"' not in others
    aws.release()
    whole = list(texts)[-1]
    assert f'id="region-{HELD}"' in whole
    assert whole.rstrip().endswith("</html>")


def test_a_page_is_compressed_for_who_takes_it(person: Person) -> None:
    plain = person.client.get(LIST)
    packed = person.client.get(LIST, headers=GZIP)
    assert "Content-Encoding" not in plain
    assert "Accept-Encoding" in plain["Vary"]
    assert packed["Content-Encoding"] == "gzip"
    assert len(packed.content) * 3 < len(plain.content)
    assert gzip.decompress(packed.content).decode().rstrip().endswith("</html>")


def test_a_page_is_compressed_with_brotli_where_it_is_accepted(person: Person) -> None:
    plain = person.client.get(LIST)
    packed = person.client.get(LIST, headers=BROTLI)
    assert "Accept-Encoding" in packed["Vary"]
    assert packed["Content-Encoding"] == "br"
    assert packed["Content-Length"] == str(len(packed.content))
    assert len(packed.content) * 3 < len(plain.content)
    assert brotli.decompress(packed.content).decode().rstrip().endswith("</html>")


@pytest.mark.parametrize("accepted", ["gzip, br;q=0", "br; q=0.000, gzip;q=0.5", "br;q=0,gzip"])
def test_gzip_is_left_to_who_refuses_brotli(person: Person, accepted: str) -> None:
    for url in (LIST, OVERVIEW):
        answer = person.client.get(url, headers={"Accept-Encoding": accepted})
        assert answer["Content-Encoding"] == "gzip"
        assert b"</html>" in gzip.decompress(answer.getvalue())


def test_a_short_answer_and_a_file_are_no_matter_for_brotli(person: Person) -> None:
    fragment = person.client.get("/session/", headers=BROTLI)
    assert "Content-Encoding" not in fragment
    file = person.client.get(f"{LIST}?format=csv", headers=BROTLI)
    assert file.get("Content-Encoding") != "br"


@pytest.mark.parametrize("accepted", ["gzip;q=0", "br;q=0, gzip; q=0.000", "gzip;q=0, *"])
def test_nothing_is_compressed_for_who_refuses_it(person: Person, accepted: str) -> None:
    for url in (LIST, OVERVIEW):
        answer = person.client.get(url, headers={"Accept-Encoding": accepted})
        assert "Content-Encoding" not in answer
        assert "Accept-Encoding" in answer["Vary"]
        assert b"</html>" in answer.getvalue()


def test_a_low_quality_is_no_refusal(person: Person) -> None:
    answer = person.client.get(LIST, headers={"Accept-Encoding": "gzip;q=0.01"})
    assert answer["Content-Encoding"] == "gzip"


def test_a_proxy_is_told_not_to_hold_sections_back(person: Person) -> None:
    assert person.client.get(OVERVIEW, headers=GZIP)["X-Accel-Buffering"] == "no"


def test_a_streamed_file_is_compressed_too(db: None) -> None:
    someone = sign_in(role=Role.ADMINISTRATOR)
    answer = someone.client.get("/audit/export/?format=csv", headers=GZIP)
    assert answer["Content-Encoding"] == "gzip"
    assert gzip.decompress(answer.getvalue()).startswith(b"sequence,")
