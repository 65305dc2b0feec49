"""Asking Tesla seldom things of a car on a person's word, with a sentence for each failure."""

from typing import Any

from homeassistant.exceptions import HomeAssistantError

from .budget.asking import by_person
from .const import DOMAIN
from .coordinators import CarFileCoordinator
from .errors import placeholders, sentence_key
from .fleet.errors import Fault, FleetError
from .fleet.seldom import Question, Topic, ask


async def async_asked(file: CarFileCoordinator, topic: Topic, **params: object) -> Any:
    """Return Tesla's answer; raises HomeAssistantError with a sentence."""
    try:
        return await file.async_ask_for_person(topic, **params)
    except FleetError as err:
        raise sentence(err) from None


async def async_written(file: CarFileCoordinator, question: Question, **how: Any) -> Any:
    """Change something at Tesla, and return the answer; raises HomeAssistantError with a sentence."""
    try:
        with by_person():
            return await ask(file.client, question, file.vin, **how)
    except FleetError as err:
        file.context.on_fault(err)
        raise sentence(err) from None


def sentence(err: FleetError) -> HomeAssistantError:
    """Return what is told of a failure; a car is not woken to be asked."""
    key = "left_asleep" if err.fault is Fault.ASLEEP else sentence_key(err)
    return HomeAssistantError(
        translation_domain=DOMAIN, translation_key=key, translation_placeholders=placeholders(err)
    )
