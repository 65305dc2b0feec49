"""Cards of one device, all built into Home Assistant."""

from collections.abc import Iterable
from typing import Any

type Card = dict[str, Any]
type Entities = dict[str, str]


def section(cards: list[Card], columns: int = 1) -> Card:
    """Return a part of a page, a heading and its cards."""
    return {"type": "grid", "column_span": columns, "cards": cards}


def view(title: str, path: str, sections: Iterable[Card]) -> Card:
    """Return a page, without the parts that have a heading only."""
    filled = [one for one in sections if len(one["cards"]) > 1]
    return {"title": title, "path": path, "type": "sections", "max_columns": 3, "sections": filled}


class Maker:
    """Makes cards of one device, and none for an entity that is not there."""

    def __init__(self, entities: Entities, device: str) -> None:
        """Know the entities, and the VIN or id of the device."""
        self._entities = entities
        self._device = device
        self.cards: list[Card] = []

    def entity(self, key: str) -> str | None:
        """Return the entity id of e.g. `sensor.battery_level`."""
        platform, _, name = key.partition(".")
        return self._entities.get(f"{platform}.{self._device}-{name}")

    def heading(self, text: str, icon: str, *badges: str) -> None:
        """Begin with a line."""
        shown = [{"type": "entity", "entity": entity} for key in badges if (entity := self.entity(key))]
        self.cards.append({"type": "heading", "heading": text, "icon": icon, "heading_style": "title", "badges": shown})

    def gauge(self, key: str, columns: int) -> None:
        """Show a percentage, red when low."""
        severity = {"green": 30, "yellow": 20, "red": 0}
        card = {"type": "gauge", "name": {"type": "entity"}, "min": 0, "max": 100, "severity": severity}
        self._add(key, card, columns, 4)

    def tile(self, key: str, columns: int = 6, feature: str = "", **more: Any) -> None:
        """Show an entity, with a control or a curve below."""
        features = [{"type": feature, **more.pop("feature_options", {})}] if feature else []
        card = {"type": "tile", "name": {"type": "entity"}, "features": features, "vertical": False, **more}
        self._add(key, card, columns, 2 if feature else 1)

    def tile_once_known(self, key: str, columns: int = 6, **more: Any) -> None:
        """Show an entity as soon as it has a value."""
        if entity := self.entity(key):
            known = {"condition": "state", "entity": entity, "state_not": ["unknown", "unavailable"]}
            self.tile(key, columns, visibility=[known], **more)

    def thermostat(self, key: str) -> None:
        """Show a climate, with what it can be set to."""
        features = [{"type": "climate-hvac-modes"}, {"type": "climate-preset-modes", "style": "dropdown"}]
        self._add(key, {"type": "thermostat", "name": {"type": "entity"}, "features": features}, 12, 7)

    def map(self, key: str) -> None:
        """Show where something is."""
        if entity := self.entity(key):
            card = {"type": "map", "entities": [entity], "default_zoom": 14}
            self.cards.append({**card, "grid_options": {"columns": 12, "rows": 4}})

    def media(self, key: str) -> None:
        """Show what is played."""
        self._add(key, {"type": "media-control"}, 12, 3)

    def _add(self, key: str, card: Card, columns: int, rows: int) -> None:
        if entity := self.entity(key):
            size = {"columns": columns, "rows": rows}
            self.cards.append({**card, "entity": entity, "grid_options": size})

    def entities(self, keys: Iterable[tuple[str, str, str]]) -> list[Card]:
        """Return rows of a card, each with its name and color."""
        return [
            {"entity": entity, "name": name, "color": color}
            for key, name, color in keys
            if (entity := self.entity(key))
        ]
