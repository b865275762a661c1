"""The settings of a registry that hold for all of it: GetAccountSetting and PutAccountSetting.

https://docs.aws.amazon.com/AmazonECR/latest/APIReference/API_PutAccountSetting.html
"""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, Final

from moto.core.responses import ActionResult
from moto.ecr.models import ECRBackend

from ptcconsole.fakeaws.ecr.exceptions import InvalidParameterException
from ptcconsole.fakeaws.ecr.lifecycle import LifecycleResponse

# The values that the service model names, the default first.
SETTINGS: Final[Mapping[str, tuple[str, ...]]] = MappingProxyType(
    {
        "BASIC_SCAN_TYPE_VERSION": ("AWS_NATIVE",),
        "REGISTRY_POLICY_SCOPE": ("V2",),
        "BLOB_MOUNTING": ("DISABLED", "ENABLED"),
    }
)


class AccountSettings(ECRBackend):
    """moto's ECR of one account and Region, with its settings."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.account_settings: dict[str, str] = {}

    def account_setting(self, name: str) -> str:
        """Return the value of a setting. Raises InvalidParameterException."""
        return self.account_settings.get(name, _values(name)[0])

    def put_account_setting(self, name: str, value: str) -> None:
        """Change a setting. Raises InvalidParameterException."""
        if value not in _values(name):
            raise InvalidParameterException.broken(
                "value", f"Member must satisfy enum value set: [{', '.join(_values(name))}]"
            )
        self.account_settings[name] = value


class AccountSettingResponse(LifecycleResponse):
    """The operations of lifecycle policies, and the two of account settings."""

    @property
    def _settings(self) -> AccountSettings:
        backend = self.ecr_backend
        assert isinstance(backend, AccountSettings)  # noqa: S101 - `install()` was called
        return backend

    def get_account_setting(self) -> ActionResult:
        return self._told(self._members()["name"])

    def put_account_setting(self) -> ActionResult:
        members: dict[str, Any] = self._members()
        self._settings.put_account_setting(members["name"], members["value"])
        return self._told(members["name"])

    def _told(self, name: str) -> ActionResult:
        return ActionResult({"name": name, "value": self._settings.account_setting(name)})


def _values(name: str) -> tuple[str, ...]:
    if name not in SETTINGS:
        known = ", ".join(SETTINGS)
        raise InvalidParameterException.broken(
            "name", f"Member must satisfy enum value set: [{known}]"
        )
    return SETTINGS[name]
