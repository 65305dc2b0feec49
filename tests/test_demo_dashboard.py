"""The demo's dashboard: what it shows exists."""

import json
from pathlib import Path
from typing import Any, override

from scripts.demo_home.dashboard import make_dashboard
from tesla_simulator.world import World

TEXTS = Path(__file__).parents[1] / "custom_components" / "tesla_charging" / "translations" / "en.json"


class Everything(dict[str, str]):
    """Has every entity that is asked for, and remembers which."""

    def __init__(self) -> None:
        """Begin with the one that tells which account it is."""
        super().__init__({"sensor.account-spent": "sensor.account_spent"})
        self.asked: set[str] = set()

    @override
    def get(self, key: str, default: Any = None) -> str:
        self.asked.add(key)
        return key


def test_each_card_has_an_entity() -> None:
    """A card of an entity that the integration does not have is left out in silence."""
    world, everything = World.home(), Everything()
    make_dashboard(world.cars.values(), world.sites.values(), everything)
    known: dict[str, dict[str, Any]] = json.loads(TEXTS.read_text(encoding="utf-8"))["entity"]
    asked = {(key.partition(".")[0], key.rpartition("-")[2]) for key in everything.asked}
    assert len(asked) > 80
    assert not [f"{platform}.{key}" for platform, key in sorted(asked) if key not in known[platform]]
