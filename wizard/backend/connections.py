"""Words for connections that failed: the kind of failure and the host, nothing else.

The texts of botocore's and urllib3's exceptions are not used. They may contain the request with its
signature, a header with the session token, or the URL of a proxy or endpoint with its password.
"""

import os
import re
import ssl
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import urlsplit
from urllib.request import getproxies

from botocore import exceptions as botocore_errors

from wizard.domain import errors

UNREACHED: Final = (botocore_errors.HTTPClientError, botocore_errors.ConnectionError)

# The first class that matches tells the kind.
_KINDS: Final[Mapping[type[Exception], str]] = {
    botocore_errors.ConnectTimeoutError: "did not accept a connection in time",
    botocore_errors.ReadTimeoutError: "did not answer in time",
    botocore_errors.EndpointConnectionError: "could not be connected to",
    botocore_errors.ConnectionClosedError: "closed the connection without an answer",
    botocore_errors.SSLError: "did not complete the TLS handshake",
    botocore_errors.ResponseStreamingError: "broke off its answer",
}
_ANY_KIND: Final = "could not be asked"
# The words of http.client for a proxy that asks for a password. A port may contain the digits too.
_ASKS_AGAIN: Final = re.compile(r"failed: 407\b")
_HOST: Final = re.compile(r"[a-z0-9_]([a-z0-9._-]{0,251}[a-z0-9_])?|[0-9a-f:]{2,39}")


def unreached(error: Exception, operation: str, region: str) -> errors.RegionUnreachable:
    """Return the error for a call that got no answer."""
    causes = list(_causes(error))
    code = type(error).__name__
    reason = _distrust(causes)
    if reason:
        return errors.CertificateNotTrusted(
            f"{_host_of(error)}: {reason}.",
            code=code,
            operation=operation,
            region=region,
            was_not_made=True,
        )
    if _is_of_proxy(causes) or _is_proxy_invalid(error):
        return errors.ProxyUnreachable(
            _proxy_words(causes), code=code, operation=operation, region=region
        )
    kind = next((words for known, words in _KINDS.items() if isinstance(error, known)), _ANY_KIND)
    return errors.RegionUnreachable(
        f"{_host_of(error)} {kind}.", code=code, operation=operation, region=region
    )


def proxy_refusal(operation: str) -> errors.ProxyUnreachable:
    """Return the error for a proxy that asks for a password (HTTP 407)."""
    return errors.ProxyUnreachable(_password_words(_proxy_hosts()), code="407", operation=operation)


def host_of(url: Any) -> str:
    """Return host and port of a URL, without user, password, path and query; else an empty text."""
    try:
        parts = urlsplit(str(url))
        host, port = parts.hostname or "", parts.port
    except ValueError:
        return ""
    if _HOST.fullmatch(host) is None:
        return ""
    return f"{host}:{port}" if port else host


def _host_of(error: Exception) -> str:
    members = getattr(error, "kwargs", {})
    return host_of(members.get("endpoint_url", "")) or "The host"


def _causes(error: BaseException) -> Iterator[BaseException]:
    """Yield an exception with all that it wraps, in attributes or arguments, each once."""
    seen: set[int] = set()
    waiting: list[Any] = [error]
    while waiting:
        each = waiting.pop()
        if not isinstance(each, BaseException) or id(each) in seen:
            continue
        seen.add(id(each))
        yield each
        waiting += [each.__cause__, each.__context__, *each.args]
        waiting += [getattr(each, "reason", None), getattr(each, "original_error", None)]
        waiting.append(getattr(each, "kwargs", {}).get("error"))


def _distrust(causes: list[BaseException]) -> str:
    """Return why the certificate is not trusted, in OpenSSL's words; empty for other failures."""
    for each in causes:
        if isinstance(each, ssl.SSLCertVerificationError):
            return str(getattr(each, "verify_message", "") or "the certificate is not verified")
        if type(each).__name__ == "CertificateError":  # of urllib3, for another host's certificate
            return "the certificate is of another host"
    bundle = os.environ.get("AWS_CA_BUNDLE") or os.environ.get("REQUESTS_CA_BUNDLE")
    is_unread = any(isinstance(each, OSError) for each in causes) and _is_unreadable(bundle)
    return f"AWS_CA_BUNDLE is {bundle}, which cannot be read as certificates" if is_unread else ""


def _is_unreadable(bundle: str | None) -> bool:
    if not bundle:
        return False
    try:
        folder, file = (bundle, None) if Path(bundle).is_dir() else (None, bundle)
        ssl.create_default_context(capath=folder, cafile=file)
    except (OSError, ValueError):
        return True
    return False


def _is_of_proxy(causes: list[BaseException]) -> bool:
    return any(isinstance(each, botocore_errors.ProxyConnectionError) for each in causes)


def _is_proxy_invalid(error: Exception) -> bool:
    """Whether the library failed because it cannot read the URL of a proxy."""
    has_class = type(error) is not botocore_errors.HTTPClientError
    return not has_class and any(not host_of(url) for url in _proxies().values())


def _proxies() -> dict[str, str]:
    return {name: url for name, url in getproxies().items() if name in ("http", "https")}


def _proxy_words(causes: list[BaseException]) -> str:
    hosts = _proxy_hosts()
    if "" in hosts:
        return (
            "HTTPS_PROXY or HTTP_PROXY is not a valid URL, such as http://proxy.example.com:3128."
        )
    if any(_ASKS_AGAIN.search(str(each)) for each in causes if isinstance(each, OSError)):
        return _password_words(hosts)
    return f"{_named(hosts)} could not be connected to, or refused the connection to AWS."


def _proxy_hosts() -> set[str]:
    return {host_of(url) for url in _proxies().values()}


def _named(hosts: set[str]) -> str:
    return " or ".join(sorted(filter(None, hosts))) or "The proxy"


def _password_words(hosts: set[str]) -> str:
    return f"{_named(hosts)} asks for another user or password (407)."
