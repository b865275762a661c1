"""The pretend upstream registry: hosts with a token service, and the logins that are accepted."""

from collections.abc import Iterator
from typing import Any

import pytest
import urllib3

from ptcconsole.fakeaws.upstream import PretendUpstream

DEMO = urllib3.make_headers(basic_auth="demo:demo-access-token")
WRONG = urllib3.make_headers(basic_auth="demo:mistyped")


@pytest.fixture
def upstream() -> Iterator[PretendUpstream]:
    """A running registry."""
    registry = PretendUpstream()
    registry.start()
    yield registry
    registry.stop()


def _get(url: str, headers: Any = None) -> "urllib3.BaseHTTPResponse":
    with urllib3.PoolManager(retries=False) as http:
        return http.request("GET", url, headers=headers)


@pytest.mark.parametrize("host", ["registry-1.docker.io", "ghcr.io", "quay.io"])
def test_these_send_a_client_for_a_token(upstream: PretendUpstream, host: str) -> None:
    base = upstream.base_urls[host]
    challenge = _get(f"{base}/v2/").headers["WWW-Authenticate"]
    tokens = upstream.base_urls[{"registry-1.docker.io": "auth.docker.io"}.get(host, host)]
    assert challenge == f'Bearer realm="{tokens}/token",service="{host}"'
    assert _get(f"{base}/v2/", DEMO).status == 401
    token = _get(f"{tokens}/token", DEMO).json()["token"]
    bearer = {"Authorization": f"Bearer {token}"}
    assert _get(f"{base}/v2/", bearer).status == 200
    elsewhere = {"quay.io": "ghcr.io"}.get(host, "quay.io")
    assert _get(f"{upstream.base_urls[elsewhere]}/v2/", bearer).status == 401
    assert _get(f"{tokens}/token", WRONG).status == 401


@pytest.mark.parametrize(("host", "status"), [("quay.io", 200), ("ghcr.io", 401)])
def test_a_token_for_nobody_is_given_where_no_login_is_needed(
    upstream: PretendUpstream, host: str, status: int
) -> None:
    assert _get(f"{upstream.base_urls[host]}/token").status == status


@pytest.mark.parametrize("host", ["registry.gitlab.com", "cgr.dev", "*.azurecr.io"])
def test_the_others_take_a_login_at_once(upstream: PretendUpstream, host: str) -> None:
    base = upstream.base_urls[host]
    assert _get(f"{base}/v2/").headers["WWW-Authenticate"].startswith("Basic realm=")
    assert (_get(f"{base}/v2/", DEMO).status, _get(f"{base}/v2/", WRONG).status) == (200, 401)


@pytest.mark.parametrize("path", ["/quay.io/v1/", "/none.example/v2/", "/"])
def test_there_is_nothing_else(upstream: PretendUpstream, path: str) -> None:
    base = upstream.base_urls["quay.io"].removesuffix("/quay.io")
    assert _get(f"{base}{path}").status == 404
