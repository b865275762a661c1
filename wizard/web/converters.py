"""What a URL's parts look like; anything else is no address of the console."""


class AccountIdConverter:
    regex = "[0-9]{12}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


class RegionConverter(AccountIdConverter):
    regex = "[a-z]{2,}(?:-[a-z]+)+-[0-9]{1,2}"


class PrefixConverter(AccountIdConverter):
    """A repository prefix, slashes and all, as AWS told it; ECR's grammar is checked further in.

    A prefix that AWS should never have told must not keep the page of its Region from being shown.
    """

    regex = r"[^\x00-\x1f\x7f]{1,256}"


class DraftIdConverter(AccountIdConverter):
    regex = "[A-Za-z0-9_-]{22}"


class SecretConverter(AccountIdConverter):
    """A secret's name after ECR's fixed prefix, as AWS told it."""

    regex = r"[^\x00-\x1f\x7f]{1,491}"
