"""The set-up: what a person wants, their Tesla app, Tesla's sign-in, and what came of it."""

from collections.abc import Mapping
import logging
import time
from typing import Any, cast, override

import voluptuous as vol

from homeassistant.components.application_credentials import ClientCredential
from homeassistant.config_entries import SOURCE_REAUTH, SOURCE_RECONFIGURE, ConfigEntry, ConfigFlowResult
from homeassistant.helpers.aiohttp_client import async_get_clientsession
from homeassistant.helpers.config_entry_oauth2_flow import AbstractOAuth2FlowHandler, async_get_implementations
from homeassistant.util import slugify

from .budget.asking import by_person
from .const import CONF_REGION, CONF_SCOPES, DOMAIN
from .fleet.claims import Claims
from .fleet.client import FleetClient
from .fleet.errors import Fault, FleetError
from .fleet.models import EnergySite, Vehicle, parse
from .fleet.regions import CHINA, DEFAULT_REGION, Region, region_table
from .fleet.registration import RegistrationFault
from .fleet.scopes import CHARGING, DATA, SIGN_IN, WISHES, Scope, Wish, ordered
from .fleet.sign_in import SignInError, SignInFault, fault_of_word
from .forms import (
    CONF_APP,
    CONF_CLIENT_ID,
    CONF_CLIENT_SECRET,
    CONF_LOCATION,
    CONF_NEXT,
    CONF_PLACE,
    CONF_WISH,
    NEW,
    WORLD,
    app_form,
    next_form,
    pick_app_form,
    scopes_form,
    wish_form,
)
from .key_flow import KeySteps, may_want_key
from .key_store import async_keys
from .oauth import TeslaImplementation, implementation_of
from .options_flow import HasOptions
from .purse import async_purse
from .registration_flow import async_begin_anew
from .scope_names import async_list_scopes
from .take_back_flow import TakeBackSteps
from .tesla_app import OneToken, addresses, async_keep_credential, async_look_ahead


class TeslaChargingFlow(HasOptions, AbstractOAuth2FlowHandler, KeySteps, TakeBackSteps, domain=DOMAIN):
    """Set-up, reauthentication and reconfiguration."""

    DOMAIN = DOMAIN
    VERSION = 1
    logger = logging.getLogger(__name__)

    flow_impl: TeslaImplementation

    def __init__(self) -> None:
        """Start with nothing decided."""
        super().__init__()
        self._regions = region_table()
        self._region: Region = self._regions[DEFAULT_REGION]
        self._scopes: frozenset[str] = WISHES[Wish.CONTROL]
        self._app_input: dict[str, Any] = {}
        self._token: dict[str, Any] | None = None
        self._title = ""
        self._signs = False
        self._is_registered = False
        self._problem = ("", "")

    # What the person wants

    @override
    async def async_step_user(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask what Home Assistant is to do."""
        return await self._wish("user", user_input)

    async def _wish(self, step_id: str, user_input: dict[str, Any] | None) -> ConfigFlowResult:
        if user_input is None:
            return self.async_show_form(step_id=step_id, data_schema=wish_form(self._scopes))
        wish = Wish(user_input[CONF_WISH])
        scopes = WISHES.get(wish, self._scopes) - {Scope.VEHICLE_LOCATION}
        self._scopes = scopes | ({Scope.VEHICLE_LOCATION} if user_input[CONF_LOCATION] else set())
        if wish is Wish.CHOOSE:
            return await self.async_step_choose()
        return await self._after_wish()

    async def async_step_choose(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Let the person pick each scope."""
        errors = {}
        if user_input is not None:
            self._scopes = frozenset(scope for scope in Scope if user_input.get(scope))
            if self._scopes & DATA:
                return await self._after_wish()
            errors["base"] = "nothing_to_see"
        return self.async_show_form(step_id="choose", data_schema=scopes_form(self._scopes), errors=errors)

    async def _after_wish(self) -> ConfigFlowResult:
        if self.source == SOURCE_RECONFIGURE:
            return await self._apply_wish()
        if await async_get_implementations(self.hass, DOMAIN):
            return await self.async_step_pick_app()
        return await self.async_step_app()

    # The Tesla app

    async def async_step_pick_app(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Offer the Tesla apps that Home Assistant knows."""
        implementations = await async_get_implementations(self.hass, DOMAIN)
        errors: dict[str, str] = {}
        if user_input is not None:
            if user_input[CONF_APP] == NEW:
                return await self.async_step_app()
            implementation = implementation_of(implementations[user_input[CONF_APP]])
            if result := await self._sign_in_with(implementation, user_input, errors):
                return result
        names = {key: item.name for key, item in implementations.items()}
        return await self._app_step("pick_app", pick_app_form(names, self._place()), user_input, errors)

    async def async_step_app(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask for a Tesla app, having said what to enter at Tesla."""
        errors: dict[str, str] = {}
        if user_input is not None:
            client_id = user_input[CONF_CLIENT_ID].strip()
            secret = user_input.get(CONF_CLIENT_SECRET, "").strip()
            credential = ClientCredential(client_id, secret, name=client_id)
            auth_domain = slugify(f"{DOMAIN}.{credential.client_id}")
            implementation = TeslaImplementation(self.hass, auth_domain, credential)
            if result := await self._sign_in_with(implementation, user_input, errors, credential):
                return result
        return await self._app_step("app", app_form(self._place()), user_input, errors)

    async def _sign_in_with(
        self,
        implementation: TeslaImplementation,
        user_input: dict[str, Any],
        errors: dict[str, str],
        credential: ClientCredential | None = None,
    ) -> ConfigFlowResult | None:
        """Go to Tesla with this app; or say in `errors` why not, which the same input once more overrules."""
        self._use(implementation, user_input[CONF_PLACE])
        insists = user_input == self._app_input
        self._app_input = user_input
        error = None if insists else await async_look_ahead(implementation, self.flow_id)
        if error is not None:
            errors["base"], self._problem = error.fault, (error.fault, error.quote)
            return None
        if credential is not None and not await async_keep_credential(self.hass, implementation.domain, credential):
            errors["base"] = "secret_in_use"
            return None
        return await self.async_step_auth()

    def _use(self, implementation: TeslaImplementation, place: str) -> None:
        """Sign in with this app at Tesla's server for this place."""
        if place == CHINA:
            self._region = self._regions[CHINA]
        elif self._region.id == CHINA:
            self._region = self._regions[DEFAULT_REGION]
        implementation.use(self._region)
        implementation.scopes = self._scopes
        self.flow_impl = implementation

    def _place(self) -> str:
        if self._app_input:
            return str(self._app_input[CONF_PLACE])
        return CHINA if CHINA in (self._region.id, (self.hass.config.country or "").lower()) else WORLD

    async def _app_step(
        self, step_id: str, schema: vol.Schema, user_input: dict[str, Any] | None, errors: dict[str, str]
    ) -> ConfigFlowResult:
        """Show a form that says what to enter at Tesla."""
        return self.async_show_form(
            step_id=step_id,
            data_schema=self.add_suggested_values_to_schema(schema, user_input),
            errors=errors,
            description_placeholders={
                **addresses(self.hass),
                "portal_url": self._region.portal_url,
                "scopes": await async_list_scopes(self.hass, self._scopes - SIGN_IN),
                "words": self._problem[1] or "–",
            },
        )

    # Tesla's sign-in

    @override
    async def async_step_creation(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Exchange Tesla's code for tokens."""
        try:
            token = await self.flow_impl.async_resolve_external_data(self.external_data)
        except SignInError as err:
            return await self._failed(err.fault, err.quote)
        self._token = {**token, "expires_at": time.time() + token["expires_in"]}
        return await self._look_at_account()

    @override
    async def async_step_authorize_rejected(self, data: None = None) -> ConfigFlowResult:
        """Say why Tesla sent the person back without a code."""
        word = str(self.external_data["error"])
        return await self._failed(fault_of_word(word), word)

    async def _look_at_account(self) -> ConfigFlowResult:
        """See whose account it is, and what there is in it."""
        token = self._token or {}
        claims = Claims.read(token["access_token"])
        if claims.subject is None:
            self._token = None
            return await self._failed(SignInFault.SERVER_ERROR, "no subject in the token")
        await self.async_set_unique_id(claims.subject)
        if self.source in (SOURCE_REAUTH, SOURCE_RECONFIGURE):
            self._abort_if_unique_id_mismatch(reason="wrong_account")
        else:
            self._abort_if_unique_id_configured()
        if not claims.scopes & DATA:
            self._token = None
            return await self._failed("nothing_granted")

        region = self._regions.get(claims.region or "", self.flow_impl.region)
        purse = await async_purse(self.hass, self.flow_impl.client_id)
        session, tokens = async_get_clientsession(self.hass), OneToken(token["access_token"])
        client = FleetClient(session, tokens, region, self._regions, pay=purse.async_book)
        await purse.async_probe_again()
        try:
            with by_person():
                products = await client.products()
        except FleetError as err:
            self._region = client.region
            if err.fault is Fault.NOT_REGISTERED:
                return await self._not_registered(err)
            return await self._failed(err.fault, err.quote)
        self._region = client.region
        cars = [car for item in products if (car := parse(Vehicle, item)).vin]
        sites = [site for item in products if (site := parse(EnergySite, item)).exists]
        if not cars and not sites:
            return await self._failed("no_products")
        names = [car.name for car in cars if car.name] or ["Tesla"]
        self._title = ", ".join(names)
        self._signs = bool(self._scopes & CHARGING) and any(car.signs for car in cars)
        if self._is_registered and self._signs:
            return cast(ConfigFlowResult, await self.async_step_pair())
        return await self._go_on()

    async def _go_on(self) -> ConfigFlowResult:
        return await (self.async_step_finish() if self.source == SOURCE_REAUTH else self.async_step_granted())

    async def _not_registered(self, err: FleetError) -> ConfigFlowResult:
        """Register the app, which Tesla wants before the first read; an app without a secret cannot be."""
        if not self.flow_impl.has_secret:
            return await self._failed("not_registered_open_source")
        problem = RegistrationFault.STILL_NOT_REGISTERED if self._is_registered else None
        return cast(ConfigFlowResult, await self.show_registration(problem, err.quote))

    @override
    def registering(self) -> tuple[TeslaImplementation, Region]:
        """Return the app, and the region that the account is in."""
        return self.flow_impl, self._region

    @override
    async def registered(self) -> ConfigFlowResult:
        """Look again, now that Tesla knows the app; who came for the key alone goes on to the cars."""
        self._is_registered = True
        if self._token is None:
            return cast(ConfigFlowResult, await self.async_step_pair())
        return await self._look_at_account()

    @override
    async def paired(self) -> ConfigFlowResult:
        """Go on with what there is in the account, or end where there was only the key to look after."""
        if self._token is not None:
            return await self._go_on()
        await async_begin_anew(self.hass, self.flow_impl.client_id)
        return self.async_abort(reason="reconfigure_successful")

    async def _failed(self, problem: str, words: str = "") -> ConfigFlowResult:
        self._problem = (problem, words)
        return await self.async_step_failed()

    async def async_step_failed(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Say what went wrong at the sign-in, and go on from there."""
        if user_input is None:
            problem, words = self._problem
            return self.async_show_form(
                step_id="failed",
                data_schema=next_form(),
                errors={"base": problem},
                description_placeholders={"words": words or "–", "portal_url": self._region.portal_url},
            )
        if user_input[CONF_NEXT] == "app":
            self._app_input = {}
            return await self.async_step_app()
        if self._token is not None:
            return await self._look_at_account()
        return await self.async_step_auth()

    # What came of it

    async def async_step_granted(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Show what was asked and what was granted; go on or back."""
        claims = Claims.read((self._token or {})["access_token"])
        refused = self._scopes - claims.scopes
        options = ["finish", "again"]
        if self._signs and self.flow_impl.has_secret and not await self._has_key():
            options.insert(0, "register")
        return self.async_show_menu(
            step_id="granted" if not refused else "granted_less",
            menu_options=options,
            description_placeholders={
                "account": self._title,
                "granted": await async_list_scopes(self.hass, (self._scopes & claims.scopes) - SIGN_IN),
                "refused": await async_list_scopes(self.hass, refused),
            },
        )

    async def _has_key(self) -> bool:
        return (await async_keys(self.hass)).domain(self.flow_impl.client_id) is not None

    async_step_granted_less = async_step_granted

    async def async_step_again(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Go back to Tesla's page."""
        self._token = None
        return await self.async_step_auth()

    async def async_step_finish(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Make or update the entry; who goes on with less than was asked has chosen that."""
        if self.source != SOURCE_REAUTH:
            self._scopes &= Claims.read((self._token or {})["access_token"]).scopes
        data = {
            "auth_implementation": self.flow_impl.domain,
            "token": self._token,
            CONF_REGION: self._region.id,
            CONF_SCOPES: ordered(self._scopes),
        }
        if self.source == SOURCE_REAUTH:
            return self.signed_in_again(data)
        if self.source == SOURCE_RECONFIGURE:
            entry = self._get_reconfigure_entry()
            self.hass.config_entries.async_update_entry(entry, data=data)
            return await self.leave_or_take_back(entry)
        return self.async_create_entry(title=self._title, data=data)

    # Signing in again

    async def async_step_reauth(self, entry_data: Mapping[str, Any]) -> ConfigFlowResult:
        """Begin when Tesla wants the person to sign in again."""
        return await self.async_step_reauth_confirm()

    async def async_step_reauth_confirm(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Say why, then sign in with the same app and scopes."""
        entry = self._get_reauth_entry()
        if user_input is None:
            return self.async_show_form(
                step_id="reauth_confirm", data_schema=vol.Schema({}), description_placeholders={"account": entry.title}
            )
        return await self._sign_in_as(entry)

    async def _sign_in_as(self, entry: ConfigEntry[Any]) -> ConfigFlowResult:
        """Sign in with the app of an entry, or with another if that is gone."""
        self._region = self._regions.get(entry.data[CONF_REGION], self._region)
        if self.source == SOURCE_REAUTH:
            self._scopes = frozenset(entry.data[CONF_SCOPES])
        return await (self.async_step_auth() if await self._use_app_of(entry) else self.async_step_app())

    async def _use_app_of(self, entry: ConfigEntry[Any]) -> bool:
        """Go on with the app of an entry; False if that is gone."""
        known = (await async_get_implementations(self.hass, DOMAIN)).get(entry.data["auth_implementation"])
        if known is not None:
            self._use(implementation_of(known), self._place())
        return known is not None

    async def async_step_reconfigure(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Ask anew what Home Assistant is to do."""
        if user_input is None:
            entry = self._get_reconfigure_entry()
            self._region = self._regions.get(entry.data[CONF_REGION], self._region)
            self._scopes = frozenset(entry.data[CONF_SCOPES])
            if may_want_key(entry):
                return await self.async_step_reconfigure_menu()
        return await self._wish("reconfigure", user_input)

    async def async_step_permissions(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Go on to the permissions."""
        return await self._wish("reconfigure", None)

    async def async_step_look_after_key(self, user_input: dict[str, Any] | None = None) -> ConfigFlowResult:
        """Go on to the registration and the key."""
        known = await self._use_app_of(self._get_reconfigure_entry())
        return await (self.async_step_command_key() if known else self.async_step_app())

    async def _apply_wish(self) -> ConfigFlowResult:
        """Ask Tesla for what is more; what is less needs no sign-in."""
        entry = self._get_reconfigure_entry()
        if self._scopes - Claims.read(entry.data["token"]["access_token"]).scopes:
            return await self._sign_in_as(entry)
        self.hass.config_entries.async_update_entry(entry, data={**entry.data, CONF_SCOPES: ordered(self._scopes)})
        return await self.leave_or_take_back(entry)
