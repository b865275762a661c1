"""The login to a registry, as docker does it before a pull, with GET and HEAD alone.

GET /v2/ answers with a challenge. For a bearer token, the host that it names is asked with the
credential, and GET /v2/ is sent again with the token. Specification:
https://distribution.github.io/distribution/spec/auth/token/
"""

import base64
import json
import re
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any, Final
from urllib.parse import urlencode

from wizard.domain import Credential
from wizard.domain.upstream_logins import LoginJudgement, LoginPlace, LoginVerdict
from wizard.upstreams.challenges import Challenge, challenge_of
from wizard.upstreams.sending import Answer, NotAnswered, Sender, split_url

_VERSION_CHECK: Final = "/v2/"
# RFC 6750, section 2.1. Nothing else is sent back in a header.
_TOKEN: Final = re.compile(r"[A-Za-z0-9._~+/-]+=*")
_LIMIT: Final = re.compile(r"([0-9]{1,9})(?:;w=([0-9]{1,9}))?")
_LONGEST_WAIT: Final = 7 * 24 * 3600
_MANIFESTS: Final = ", ".join(
    (
        "application/vnd.oci.image.index.v1+json",
        "application/vnd.oci.image.manifest.v1+json",
        "application/vnd.docker.distribution.manifest.list.v2+json",
        "application/vnd.docker.distribution.manifest.v2+json",
    )
)


def judge(place: LoginPlace, credential: Credential, sender: Sender) -> LoginJudgement:
    """Sign in, and return what the upstream says about the credential."""
    login = _Login(place, credential, sender)
    try:
        return login.judgement()
    except NotAnswered as error:
        return LoginJudgement(verdict=error.verdict, host=place.host, detail=login.detail)


class _Login:
    """One login; `detail` is the token host that is not asked."""

    def __init__(self, place: LoginPlace, credential: Credential, sender: Sender) -> None:
        self._place, self._sender = place, sender
        pair = f"{credential.username}:{credential.access_token}".encode()
        self._basic = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        self.detail = ""

    def judgement(self) -> LoginJudgement:
        first = self._sender.send("GET", self._place.host, _VERSION_CHECK)
        if first.status != 401:
            verdict = LoginVerdict.NOT_ASKED if first.status == 200 else _verdict(first)
            return self._judged(verdict, first)
        challenge = challenge_of(first.headers.get("WWW-Authenticate", ""))
        if challenge is None:
            return self._judged(LoginVerdict.UNEXPECTED, first)
        if challenge.scheme == "basic":
            last = self._sender.send("GET", self._place.host, _VERSION_CHECK, self._basic)
            return self._judged(_verdict(last), last)
        return self._with_token(challenge)

    def _with_token(self, challenge: Challenge) -> LoginJudgement:
        given = self._token_answer(challenge)
        if given.status != 200:
            return self._judged(_verdict(given), given)
        token = _token_in(given)
        if token is None:
            return self._judged(LoginVerdict.UNEXPECTED, given)
        bearer = {"Authorization": f"Bearer {token}"}
        last = self._sender.send("GET", self._place.host, _VERSION_CHECK, bearer)
        judged = self._judged(_verdict(last), last)
        if judged.verdict is LoginVerdict.ACCEPTED and self._place.counted_image:
            return self._counted(judged, bearer)
        return judged

    def _token_answer(self, challenge: Challenge) -> Answer:
        """Ask for a token at a host of the catalogue. Raises NotAnswered for another one."""
        realm = challenge.parameters.get("realm", "")
        try:
            host, path, query = split_url(self._sender.host_of(realm) or realm)
        except ValueError:
            raise NotAnswered(LoginVerdict.UNEXPECTED) from None
        if host.lower() not in self._place.token_hosts:  # guard: I12
            self.detail = host[:253]
            raise NotAnswered(LoginVerdict.STRANGE_TOKEN_HOST)
        scope = challenge.parameters.get("scope", "")
        if self._place.counted_image:
            scope = f"repository:{self._place.counted_image.partition(':')[0]}:pull"
        asked = {"service": challenge.parameters.get("service", ""), "scope": scope}
        wanted = urlencode({name: value for name, value in asked.items() if value})
        words = "&".join(part for part in (query, wanted) if part)
        return self._sender.send("GET", host.lower(), f"{path}?{words}", self._basic)

    def _counted(self, judged: LoginJudgement, bearer: Mapping[str, str]) -> LoginJudgement:
        """Add the remaining pulls. GET would count as a pull itself, HEAD does not.

        https://docs.docker.com/docker-hub/usage/pulls/
        """
        name, _, tag = self._place.counted_image.partition(":")
        headers = {**bearer, "Accept": _MANIFESTS}
        try:
            told = self._sender.send(
                "HEAD", self._place.host, f"/v2/{name}/manifests/{tag}", headers
            )
        except NotAnswered:
            return judged
        limit, window = _number(told, "RateLimit-Limit")
        remaining, _window = _number(told, "RateLimit-Remaining")
        counted = replace(judged, remaining=remaining, limit=limit, window=window)
        if told.status != 429:
            return counted
        limited = LoginVerdict.RATE_LIMITED
        return replace(counted, verdict=limited, status=429, retry_after=_wait(told))

    def _judged(self, verdict: LoginVerdict, answer: Answer) -> LoginJudgement:
        wait = _wait(answer) if verdict is LoginVerdict.RATE_LIMITED else 0
        return LoginJudgement(
            verdict=verdict, host=self._place.host, status=answer.status, retry_after=wait
        )


def _verdict(answer: Answer) -> LoginVerdict:
    if answer.status == 200:
        return LoginVerdict.ACCEPTED
    if answer.status == 429:
        return LoginVerdict.RATE_LIMITED
    if answer.status in (401, 403) and _is_about_scope(answer):
        return LoginVerdict.MISSING_SCOPE
    return {401: LoginVerdict.WRONG, 403: LoginVerdict.DENIED}.get(
        answer.status, LoginVerdict.UNEXPECTED
    )


def _is_about_scope(answer: Answer) -> bool:
    """Whether the refusal says that the token is right but may not do enough."""
    said = answer.headers.get("WWW-Authenticate", "")[:4096].lower()
    text = answer.body[:4096].decode(errors="replace").lower()
    return "insufficient_scope" in said or "scope" in text


def _token_in(answer: Answer) -> str | None:
    """Return the token of the answer, if it is one that can be sent in a header."""
    try:
        told: Any = json.loads(answer.body)
    except (ValueError, RecursionError):
        return None
    if not isinstance(told, dict):
        return None
    token = told.get("token") or told.get("access_token")
    return token if isinstance(token, str) and _TOKEN.fullmatch(token) else None


def _number(answer: Answer, name: str) -> tuple[int | None, int]:
    """Return the number of a header of Docker Hub, and the seconds that it is about."""
    match = _LIMIT.fullmatch(answer.headers.get(name, "").strip())
    return (int(match[1]), int(match[2] or 0)) if match else (None, 0)


def _wait(answer: Answer) -> int:
    """Return the seconds of Retry-After, which is a number or a date; 0 if it is neither."""
    text = answer.headers.get("Retry-After", "").strip()[:64]
    if re.fullmatch(r"[0-9]{1,9}", text):
        return min(int(text), _LONGEST_WAIT)
    try:
        seconds = (parsedate_to_datetime(text) - datetime.now(UTC)).total_seconds()
    except (TypeError, ValueError):
        return 0
    return min(max(int(seconds), 0), _LONGEST_WAIT)
