"""The allow list of upstream registries: host name to base URL.

No other host or URL is ever contacted. `registry_login` makes the connection.
"""

import threading
from collections.abc import Mapping
from urllib.parse import urlsplit

LOOPBACK_HOSTS = frozenset({"127.0.0.1", "localhost", "::1"})


class UpstreamMap:
    """Base URLs by upstream host; `*.azurecr.io` matches every name below it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._base_urls: dict[str, str] = {}

    def replace(self, base_urls: Mapping[str, str]) -> None:
        """Replace all hosts. Raises ValueError for a URL outside loopback."""
        checked = _checked(base_urls)
        with self._lock:
            self._base_urls = checked

    def update(self, base_urls: Mapping[str, str]) -> None:
        """Replace the URLs of some hosts. Raises ValueError for a URL outside loopback."""
        checked = _checked(base_urls)
        with self._lock:
            self._base_urls = self._base_urls | checked

    def base_url(self, host: str) -> str | None:
        """Return the base URL of the host, or None."""
        wildcard = "*." + host.partition(".")[2]
        return self._base_urls.get(host) or self._base_urls.get(wildcard)

    def allows(self, url: str) -> bool:
        """Whether a URL that an upstream returns (its token service) is within the list."""
        return _origin(url) in {_origin(base_url) for base_url in self._base_urls.values()}

    def as_dict(self) -> dict[str, str]:
        """Return the whole list."""
        return dict(self._base_urls)


def _origin(url: str) -> tuple[str, str]:
    parts = urlsplit(url)
    return parts.scheme, parts.netloc


def _checked(base_urls: Mapping[str, str]) -> dict[str, str]:
    for host, url in base_urls.items():
        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or parts.hostname not in LOOPBACK_HOSTS:
            raise ValueError(f"{host} may only be pointed at this machine, not at {url}")
    return {host: url.rstrip("/") for host, url in base_urls.items()}


# One per process, like moto's state.
UPSTREAMS = UpstreamMap()
