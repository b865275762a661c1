"""What the environment and AWS's files say about the console's credentials, without any network.

boto3 tells a wrong profile by an exception whose text may contain values of the file. Here the same
files are read again for the words: which profile, which file, what is wrong with it.
"""

import configparser
import os
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from wizard.domain import errors

_STATIC: Final = ("aws_access_key_id", "aws_secret_access_key")
_SOURCES: Final = ("Environment", "Ec2InstanceMetadata", "EcsContainer")
_SSO_OF_PROFILE: Final = ("sso_account_id", "sso_role_name")
_SSO_OF_SESSION: Final = ("sso_start_url", "sso_region")
_ENDPOINT: Final = re.compile(r"^\s*endpoint_url\s*[=:]\s*(\S+)", re.MULTILINE)
_NAME: Final = re.compile(r"[^\s\"'\[\]<>]{1,64}")

Profiles = Mapping[str, Mapping[str, str]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """The profiles of both files. `explicit` is the profile that a variable names, or empty."""

    explicit: str
    profiles: Profiles
    # The sections `services` by their names, each with its services and their settings.
    services: Profiles
    sso_sessions: frozenset[str]
    config_file: Path
    credentials_file: Path

    @property
    def name(self) -> str:
        return self.explicit or "default"

    @property
    def profile(self) -> Mapping[str, str]:
        return self.profiles.get(self.name, {})

    def chain(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Yield the profile and its source profiles, each once."""
        name, seen = self.name, set[str]()
        while name and name not in seen:
            seen.add(name)
            profile = self.profiles.get(name, {})
            yield name, profile
            name = profile.get("source_profile", "") if "role_arn" in profile else ""


def endpoints(found: Configuration) -> Iterator[tuple[str, str]]:
    """Yield the addresses that the files give to services of AWS, each with where it is.

    They are those of the profile and of its source profiles, whose roles are assumed.
    """
    for name, profile in found.chain():
        where = f"endpoint_url of the profile {shown_name(name)} in {found.config_file}"
        if url := profile.get("endpoint_url", ""):
            yield where, url
        chosen = profile.get("services", "")
        for service, settings in found.services.get(chosen, {}).items():
            if named := _ENDPOINT.search(settings):
                words = f"endpoint_url of {shown_name(service)} in the services"
                yield f"{words} {shown_name(chosen)} in {found.config_file}", named[1]


def shown_name(name: str) -> str:
    """Return the name of a profile for a text; a value that is no name is not repeated."""
    return f'"{name}"' if _NAME.fullmatch(name) else "(not a valid name)"


def file_problem(environ: Mapping[str, str] = os.environ) -> errors.AwsError | None:
    """Return the error about a file that exists but cannot be read or parsed, or None.

    boto3 ignores a file that it has no permission to read, and a folder in its place.
    """
    for path in (_config_file(environ), _credentials_file(environ)):
        problem = _problem_of(path)
        if problem:
            return errors.ConfigFileInvalid(f"{path} {problem}", code="ConfigFile")
    return None


def configuration(environ: Mapping[str, str] = os.environ) -> Configuration:
    """Read both files; the caller has looked for `file_problem`."""
    config, credentials = _config_file(environ), _credentials_file(environ)
    profiles: dict[str, dict[str, str]] = {}
    services: dict[str, dict[str, str]] = {}
    sso_sessions = set()
    for section, members in _sections(config).items():
        if section.startswith("sso-session "):
            sso_sessions.add(section.removeprefix("sso-session ").strip().strip("\"'"))
        if section.startswith("services "):
            services[section.removeprefix("services ").strip().strip("\"'")] = members
        name = section.removeprefix("profile ").strip().strip("\"'")
        if section == name != "default":
            continue  # of another kind, or a profile without the word `profile`
        profiles.setdefault(name, {}).update(members)
    for name, members in _sections(credentials).items():
        profiles.setdefault(name, {}).update(members)
    explicit = environ.get("AWS_PROFILE") or environ.get("AWS_DEFAULT_PROFILE") or ""
    return Configuration(
        explicit=explicit,
        profiles=profiles,
        services=services,
        sso_sessions=frozenset(sso_sessions),
        config_file=config,
        credentials_file=credentials,
    )


def profile_problem(found: Configuration, environ: Mapping[str, str]) -> errors.AwsError | None:
    """Return the error about the profile or its source profiles, or None."""
    if found.explicit and found.explicit not in found.profiles:
        return errors.ProfileMissing(
            f"Neither {found.config_file} nor {found.credentials_file} has the profile"
            f" {shown_name(found.explicit)}.",
            code="ProfileNotFound",
        )
    if environ.get("AWS_ACCESS_KEY_ID"):
        return None  # these keys come before every profile
    for name, profile in found.chain():
        words = _words_about(name, profile, found)
        if words:
            where = f"Profile {shown_name(name)} in {found.config_file}: {words}"
            return errors.ProfileInvalid(where, code="ProfileInvalid")
        if _assumes_role(profile) and "mfa_serial" in profile:  # guard: F17
            return mfa_required(name, found.config_file)
    return _loop(found)


def mfa_required(name: str, file: Path) -> errors.MfaRequired:
    """Return the error about a profile that asks for a code."""
    return errors.MfaRequired(
        f"Profile {shown_name(name)} in {file} has mfa_serial.", code="MfaRequired"
    )


def _words_about(name: str, profile: Mapping[str, str], found: Configuration) -> str:
    """Return what is wrong with one profile; empty if nothing is."""
    if sum(key in profile for key in _STATIC) == 1:
        lacking = next(key for key in _STATIC if key not in profile)
        return f"{lacking} is missing."
    if _assumes_role(profile):
        return _words_about_role(name, profile, found.profiles)
    if "sso_account_id" in profile or "sso_role_name" in profile:
        return _words_about_sign_in(profile, found.sso_sessions)
    return ""


def _words_about_sign_in(profile: Mapping[str, str], sessions: frozenset[str]) -> str:
    session = profile.get("sso_session")
    if session is not None and session not in sessions:
        return f"its sso_session {shown_name(session)} does not exist."
    needed = _SSO_OF_PROFILE if session else (*_SSO_OF_PROFILE, *_SSO_OF_SESSION)
    missing = [key for key in needed if key not in profile]
    return f"{', '.join(missing)} is missing." if missing else ""


def _words_about_role(name: str, profile: Mapping[str, str], profiles: Profiles) -> str:
    source, kind = profile.get("source_profile"), profile.get("credential_source")
    if source and kind:
        return "it has both source_profile and credential_source; only one may be there."
    if not source and not kind:
        return "role_arn needs source_profile or credential_source."
    if kind:
        return "" if kind in _SOURCES else f"credential_source must be {' or '.join(_SOURCES)}."
    if source and source not in profiles:
        return f"its source_profile {shown_name(source)} does not exist."
    if source == name and not all(key in profile for key in _STATIC):
        return "its source_profile is itself, without keys of its own."
    return ""


def _assumes_role(profile: Mapping[str, str]) -> bool:
    return "role_arn" in profile and "web_identity_token_file" not in profile


def _loop(found: Configuration) -> errors.AwsError | None:
    names = [name for name, _profile in found.chain()]
    last = found.profiles.get(names[-1], {})
    back = last.get("source_profile", "") if _assumes_role(last) else ""
    if not back or back not in names or (back == names[-1] and _STATIC[0] in last):
        return None
    way = ", ".join(shown_name(name) for name in [*names, back])
    return errors.ProfileInvalid(
        f"The source profiles in {found.config_file} lead back to themselves: {way}.",
        code="ProfileInvalid",
    )


def _config_file(environ: Mapping[str, str]) -> Path:
    return _path(environ.get("AWS_CONFIG_FILE") or "~/.aws/config")


def _credentials_file(environ: Mapping[str, str]) -> Path:
    return _path(environ.get("AWS_SHARED_CREDENTIALS_FILE") or "~/.aws/credentials")


def _path(named: str) -> Path:
    """Return the path; unlike that of `pathlib`, it is found without a home folder as well."""
    return Path(os.path.expanduser(os.path.expandvars(named)))


def _problem_of(path: Path) -> str:
    try:
        if path.is_dir():
            return "is a folder, not a file."
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return ""
    except UnicodeDecodeError:
        return "is not a text in UTF-8."
    except OSError as error:
        return f"cannot be read: {os.strerror(error.errno or 0)}."
    try:
        _parser().read_string(text)
    except configparser.Error as error:
        line = getattr(error, "lineno", None) or next(iter(getattr(error, "errors", [])), [None])[0]
        return f"cannot be parsed, line {line}." if line else "cannot be parsed."
    return ""


def _sections(path: Path) -> dict[str, dict[str, str]]:
    parser = _parser()
    try:
        parser.read([path], encoding="utf-8")
    except (configparser.Error, UnicodeDecodeError):
        return {}
    return {section: dict(parser.items(section)) for section in parser.sections()}


def _parser() -> configparser.RawConfigParser:
    return configparser.RawConfigParser(default_section="")
