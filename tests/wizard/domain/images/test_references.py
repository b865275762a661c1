"""References are read as the distribution project reads them; docker-image-py is its port."""

import re

import pytest
from docker_image import reference as oracle
from hypothesis import example, given
from hypothesis import strategies as st

from wizard.domain.errors import InvalidImage
from wizard.domain.images import Reference, parse_reference

SHA256 = "sha256:" + "0" * 64
SHA512 = "sha512:" + "a" * 128


@pytest.mark.parametrize(
    ("text", "host", "path", "tag", "digest"),
    [
        ("nginx", "", "nginx", "", ""),
        ("nginx:1.27", "", "nginx", "1.27", ""),
        (f"nginx:1.27@{SHA256}", "", "nginx", "1.27", SHA256),
        (f"nginx@{SHA512}", "", "nginx", "", SHA512),
        ("Docker.IO/library/nginx", "docker.io", "library/nginx", "", ""),
        ("localhost/app", "localhost", "app", "", ""),
        ("localhost:5000/app:1", "localhost:5000", "app", "1", ""),
        ("registry:5000/team/app", "registry:5000", "team/app", "", ""),
        ("nginx:5000", "", "nginx", "5000", ""),
        ("host.com:80", "", "host.com", "80", ""),
        ("[2001:db8::1]:5000/app", "[2001:db8::1]:5000", "app", "", ""),
        ("192.0.2.1/app", "192.0.2.1", "app", "", ""),
        ("xn--n3h.com/app", "xn--n3h.com", "app", "", ""),
        ("team/app", "", "team/app", "", ""),
        ("team.example/app", "team.example", "app", "", ""),
        ("a--b__c.d_e", "", "a--b__c.d_e", "", ""),
        ("nginx:V1_.-", "", "nginx", "V1_.-", ""),
        ("0" * 63, "", "0" * 63, "", ""),
    ],
)
def test_the_parts_of_a_reference(text: str, host: str, path: str, tag: str, digest: str) -> None:
    expected = Reference(host=host, path=path, tag=tag, digest=digest)
    assert parse_reference(text) == expected
    assert str(expected).lower() == text.lower()


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "nginx ", "Nginx", "Team/app", "a//b", "/a", "a/", "a/-b", "a_-b", "a___b"),
        *("nginx:", "nginx:-1", "nginx:" + "a" * 129, "nginx:1:2", "nginx@", "nginx@sha256:0"),
        *(f"nginx@{SHA256.upper()}", f"nginx@{SHA256}0", "nginx@md5:" + "0" * 32, "0" * 64),
        *("host..com/app", "-host.com/app", "host.com:/app", "[::1/app", "ünix"),
        *("nginx\n", "nginx\x00", "nginx\u200b", "${IMAGE}", "<script>", "nginx:\u0661"),
    ],
)
def test_what_is_no_reference(text: str) -> None:
    with pytest.raises(InvalidImage):
        parse_reference(text)


@pytest.mark.parametrize(("length", "is_valid"), [(255, True), (256, False), (100_000, False)])
def test_names_have_255_characters_at_most(length: int, is_valid: bool) -> None:
    text = "docker.io/" + "a" * (length - len("docker.io/"))
    if is_valid:
        assert parse_reference(text).path
    else:
        with pytest.raises(InvalidImage):
            parse_reference(text)


ALPHABET = st.sampled_from("abz09AZ._-/:@[]") | st.sampled_from(
    [SHA256, SHA512, "localhost", "docker.io", "library/"]
)


@given(st.lists(ALPHABET, max_size=14).map("".join))
@example(f"docker.io:443/a@{SHA256}")
def test_each_text_is_read_as_the_oracle_reads_it(text: str) -> None:
    expected = _as_the_oracle(text)
    try:
        found = parse_reference(text)
    except InvalidImage:
        assert expected is None
        return
    assert (found.host, found.path, found.tag, found.digest) == expected


def _as_the_oracle(text: str) -> tuple[str, str, str, str] | None:
    """The parts that docker-image-py finds; None where it refuses, and where we do on purpose."""
    try:
        found = oracle.Reference.parse(text)
    except oracle.InvalidReference:
        return None
    first, slash, rest = found["name"].partition("/")
    is_host = bool(slash) and (re.search(r"[.:\[]", first) or first == "localhost")
    host, path = (first.lower(), rest) if is_host else ("", found["name"])
    return host, path, found["tag"] or "", found["digest"] or ""
