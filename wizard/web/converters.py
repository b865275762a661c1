"""URL converters: the syntax of account IDs, Regions, prefixes, draft IDs and secret names."""


class AccountIdConverter:
    regex = "[0-9]{12}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class RegionConverter(AccountIdConverter):
    regex = "[a-z]{2,}(?:-[a-z]+)+-[0-9]{1,2}"


class PrefixConverter(AccountIdConverter):
    """A repository prefix, including slashes. It is more lenient than ECR's grammar.

    A page with a link must not fail on a rule that AWS returned with an unexpected prefix.
    """

    regex = r"[^\x00-\x1f\x7f]{1,256}"


class DraftIdConverter(AccountIdConverter):
    regex = "[A-Za-z0-9_-]{22}"


class SecretConverter(AccountIdConverter):
    """The part of a secret's name after ECR's fixed prefix, as returned by AWS."""

    regex = r"[^\x00-\x1f\x7f]{1,491}"
