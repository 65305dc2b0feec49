"""The steps that export, import and replace the key that signs commands."""

from typing import Any, Final, cast, override

import voluptuous as vol

from homeassistant.config_entries import SOURCE_RECONFIGURE, ConfigEntry, ConfigEntryState, ConfigFlow, ConfigFlowResult
from homeassistant.helpers.selector import (
    SelectSelector,
    SelectSelectorConfig,
    SelectSelectorMode,
    TextSelector,
    TextSelectorConfig,
)

from .fleet.keys import CommandKey
from .fleet.scopes import CHARGING
from .key_store import async_keys
from .registration_flow import RegistrationSteps, async_begin_anew

CONF_PRIVATE_KEY: Final = "private_key"
CONF_FINGERPRINT: Final = "fingerprint"
_LOADED: Final = ConfigEntryState.LOADED
_NOTHING: Final = "–"


class KeySteps(ConfigFlow, RegistrationSteps):
    """Mix-in of a flow in which a person looks after the key of their app."""

    _new_key: CommandKey | None = None

    async def async_step_reconfigure_menu(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what a person has come for."""
        return self.async_show_menu(step_id="reconfigure_menu", menu_options=["permissions", "look_after_key"])

    async def async_step_command_key(self, user_input: dict[str, Any] | None = None) -> Any:
        """Say which key there is, and what can be done with it."""
        app, _ = self.registering()
        if not app.has_secret:
            return self.async_abort(reason="open_source")
        keys = await async_keys(self.hass)
        key = keys.get(app.client_id)
        self._domain = keys.domain(app.client_id) or ""
        options = {
            "register": not keys.is_broken(app.client_id),
            "pair": key is not None and bool(self._domain),
            "export_key": key is not None,
            "import_key": True,
            "restore_key": bool(keys.previous(app.client_id)),
            "rotate_key": key is not None or keys.is_broken(app.client_id),
        }
        return self.async_show_menu(
            step_id="command_key",
            menu_options=[option for option, offered in options.items() if offered],
            description_placeholders={
                "fingerprint": key.fingerprint if key else _NOTHING,
                "registered": self._registered_key() or _NOTHING,
                "domain": self._domain or _NOTHING,
            },
        )

    def _registered_key(self) -> str | None:
        """Return the fingerprint that Tesla has told the running entry."""
        if self.source != SOURCE_RECONFIGURE or (entry := self._get_reconfigure_entry()).state is not _LOADED:
            return None
        return cast("str | None", entry.runtime_data.registered_key)

    @override
    async def key_unreadable(self) -> Any:
        """Offer another key."""
        return await self.async_step_command_key()

    async def async_step_export_key(self, user_input: dict[str, Any] | None = None) -> Any:
        """Warn before the key is shown."""
        if user_input is not None:
            return await self.async_step_exported_key()
        return self.async_show_form(step_id="export_key", data_schema=vol.Schema({}))

    async def async_step_exported_key(self, user_input: dict[str, Any] | None = None) -> Any:
        """Show the key, once."""
        app, _ = self.registering()
        key = (await async_keys(self.hass)).get(app.client_id)
        if user_input is not None or key is None:
            return self.async_abort(reason="key_exported")
        return self.async_show_form(
            step_id="exported_key",
            data_schema=vol.Schema({}),
            description_placeholders={"private_key": key.private_pem.strip(), "fingerprint": key.fingerprint},
        )

    async def async_step_import_key(self, user_input: dict[str, Any] | None = None) -> Any:
        """Take a key that a person brings along."""
        errors: dict[str, str] = {}
        if user_input is not None:
            try:
                return await self._take(CommandKey.load(user_input[CONF_PRIVATE_KEY]))
            except ValueError:
                errors["base"] = "not_a_private_key"
        field = TextSelector(TextSelectorConfig(multiline=True))
        return self.async_show_form(
            step_id="import_key", data_schema=vol.Schema({vol.Required(CONF_PRIVATE_KEY): field}), errors=errors
        )

    async def async_step_restore_key(self, user_input: dict[str, Any] | None = None) -> Any:
        """Go back to a key that the app has had before."""
        app, _ = self.registering()
        previous = (await async_keys(self.hass)).previous(app.client_id)
        if user_input is not None:
            return await self._take(previous[user_input[CONF_FINGERPRINT]])
        field = SelectSelector(SelectSelectorConfig(options=list(previous), mode=SelectSelectorMode.LIST))
        schema = vol.Schema({vol.Required(CONF_FINGERPRINT, default=next(iter(previous))): field})
        return self.async_show_form(step_id="restore_key", data_schema=schema)

    async def async_step_rotate_key(self, user_input: dict[str, Any] | None = None) -> Any:
        """Make a new key."""
        return await self._take(CommandKey.generate())

    async def _take(self, key: CommandKey) -> Any:
        """Use a key from now on, after a warning if it replaces another."""
        app, _ = self.registering()
        keys = await async_keys(self.hass)
        self._new_key = key
        current = keys.get(app.client_id)
        if keys.is_broken(app.client_id) or (current is not None and current.public_hex != key.public_hex):
            return await self.async_step_replace_key()
        return await self._use_new_key()

    async def async_step_replace_key(self, user_input: dict[str, Any] | None = None) -> Any:
        """Say what another key costs, and go on when the person wants it all the same."""
        app, _ = self.registering()
        old = (await async_keys(self.hass)).get(app.client_id)
        if user_input is not None or self._new_key is None:
            return await self._use_new_key()
        return self.async_show_form(
            step_id="replace_key",
            data_schema=vol.Schema({}),
            description_placeholders={"old": old.fingerprint if old else _NOTHING, "new": self._new_key.fingerprint},
        )

    async def _use_new_key(self) -> Any:
        """Keep the key, sign with it at once, and go on to what Tesla and the cars need for it."""
        app, _ = self.registering()
        if self._new_key is not None:
            await (await async_keys(self.hass)).async_replace(app.client_id, self._new_key)
            self._new_key = None
            await async_begin_anew(self.hass, app.client_id)
        return await self.async_step_register()


def may_want_key(entry: ConfigEntry[Any]) -> bool:
    """Whether an account has a car that signs; one that does not run may be waiting for its registration."""
    if entry.state is not _LOADED:
        return True
    account = entry.runtime_data
    return bool(account.scopes & CHARGING) and any(car.data.signs for car in account.vehicles.values())
