"""Removes signatures and credentials from texts that AWS or its libraries wrote.

For a request that is signed wrongly, AWS repeats what it received: the canonical request with the
session token, or the whole Authorization header. The rest of such a message is useful and kept.
"""

import re
from collections.abc import Iterable
from typing import Final

REDACTED: Final = "[redacted]"
# What follows is the request as AWS received it. The look-behind keeps a long run of blanks from
# being searched once for each of them.
_REPEATED_REQUEST = re.compile(
    r"(?<!\s)\s*(?:The Canonical String for this request|The String-to-Sign|Authorization=).*",
    re.DOTALL | re.IGNORECASE,
)
_NAMED = re.compile(
    r"((?:x-amz-security-token|x-amz-signature|x-amz-credential|signature|credential"
    r"|session[-_]?token|secret[-_]?access[-_]?key|access[-_]?key[-_]?id|authorization)"
    r"[\"']?\s*[:=]\s*[\"']?)(?:(?:basic|bearer|token)\s+)?[^\s\"',&;]+",
    re.IGNORECASE,
)
_SCHEME = re.compile(r"AWS4-HMAC-SHA256\s.*", re.DOTALL)
# 'abc=' not a valid key=value pair (missing equal-sign) in Authorization header: 'abc='.
_HEADER_PART = re.compile(r"'[^']*'(?= not a valid key=value pair)|(?<=Authorization header: )'.*")
# User and password of a URL.
_USER_INFO = re.compile(r"(://)[^/@\s\"']+@")
# What an upstream registry may repeat of the credential that ECR sent to it.
_MEMBER = re.compile(
    r"((?:access_?token|refresh_?token|id_?token|secret_?string|client_?secret|api_?key|passwo?r?d)"
    r"\\?[\"']?\s*(?:=|:\s*(?=\\?[\"']))\s*\\?[\"']?)[^\s\"'\\,&;]+",
    re.IGNORECASE,
)
_HEADER = re.compile(r"\b(Basic|Bearer)\s+[A-Za-z0-9._~+/-]{16,}=*", re.IGNORECASE)
_TOKEN = re.compile(r"\b(dckr_[op]at_|gh[oprsu]_|github_pat_|gl(?:pat|dt|ft|cbt)-)[\w-]{8,}")


def without_credentials(text: str, known: Iterable[str] = ()) -> str:
    """Return the text without signatures, signed requests and the `known` credentials.

    Unknown credentials are recognised by their names, by the scheme of a header, or by the prefix
    that registries give to their tokens.
    """
    text = without_values(text, known)
    text = _REPEATED_REQUEST.sub("", text)
    text = _HEADER_PART.sub(REDACTED, text)
    text = _SCHEME.sub(REDACTED, text)
    text = _USER_INFO.sub(r"\1", text)
    text = _HEADER.sub(rf"\1 {REDACTED}", text)
    for named in (_NAMED, _MEMBER):
        text = named.sub(rf"\g<1>{REDACTED}", text)
    return _TOKEN.sub(REDACTED, text)


def without_values(text: str, values: Iterable[str]) -> str:
    """Return the text with each of the values replaced."""
    # The longest first: a value can begin with another one.
    for value in sorted(filter(None, values), key=len, reverse=True):
        text = text.replace(value, REDACTED)  # guard: S9
    return text
