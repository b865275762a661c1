"""Responses are compressed, and compression does not delay a streamed response."""

import gzip
import zlib
from collections.abc import Iterator

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


def readable(pieces: Iterator[bytes]) -> Iterator[str]:
    """What a browser can show after each piece."""
    stream = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
    text = ""
    for piece in pieces:
        text += stream.decompress(piece).decode()
        yield text
    assert stream.eof


def test_a_section_arrives_while_another_region_is_held(
    aws: FakeAws, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(fanout, "DEADLINE_SECONDS", 600.0)
    aws.hold(region=HELD, operation="DescribePullThroughCacheRules")
    answer = person.client.get(OVERVIEW, headers=GZIP)
    assert isinstance(answer, StreamingHttpResponse)
    assert answer["Content-Encoding"] == "gzip"
    texts = readable(iter(answer))
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


@pytest.mark.parametrize("accepted", ["gzip;q=0", "br, gzip; q=0.000", "gzip;q=0, *"])
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
