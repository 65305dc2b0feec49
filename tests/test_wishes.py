"""What becomes of a wish, decided without Home Assistant: reads at any time, servers that are behind, clocks set back."""

from datetime import UTC, datetime, timedelta
from typing import Any

from hypothesis import given, strategies as st
import pytest

from custom_components.tesla_charging.energy.settings import RULES, Setting, by_command, fits, holds, put
from custom_components.tesla_charging.energy.strategy import StrategyNote
from custom_components.tesla_charging.energy.wishes import LOOKS, Outcome, Reason, ReserveRule, SiteNotes, Wish
from custom_components.tesla_charging.fleet.models import EnergySite, parse, to_json

SENT = datetime(2026, 6, 10, 10, tzinfo=UTC)
BEFORE: dict[Setting, Any] = {
    Setting.RESERVE: 20,
    Setting.VEHICLE_RESERVE: 50,
    Setting.MODE: "self_consumption",
    Setting.EXPORTS: "pv_only",
    Setting.GRID_CHARGING: False,
    Setting.STORM_WATCH: True,
    Setting.TARIFF: {"name": "a", "energy_charges": {"ALL": {"rates": {"ALL": 0.3}}}},
}
WANTED: dict[Setting, Any] = {
    Setting.RESERVE: 44,
    Setting.VEHICLE_RESERVE: 30,
    Setting.MODE: "backup",
    Setting.EXPORTS: "never",
    Setting.GRID_CHARGING: True,
    Setting.STORM_WATCH: False,
    Setting.TARIFF: {"name": "b", "energy_charges": {"ALL": {"rates": {"ALL": 0.4}}}},
}


def site(**values: Any) -> EnergySite:
    """Return a site with these settings, by their names here, and the rest as before."""
    found = EnergySite(info_read_at=SENT)
    for setting, value in BEFORE.items():
        found = put(found, setting, values.get(setting.name, value))
    return found


def wish(setting: Setting = Setting.RESERVE, **other: Any) -> Wish:
    """Return a wish that was sent."""
    return Wish(setting=setting, **{"value": WANTED[setting], "before": BEFORE[setting], "sent_at": SENT, **other})


def after(seconds: float) -> datetime:
    """Return a time after it was sent."""
    return SENT + timedelta(seconds=seconds)


# Setting, value, the reads as (seconds, value), and what it is then: outcome, reason, over.
STORIES: list[tuple[Setting, object, list[tuple[float, object]], tuple[str, str | None, bool]]] = [
    (Setting.RESERVE, 44, [(5, 44)], ("applied", None, True)),
    (Setting.RESERVE, 44, [(5, 20), (30, 20)], ("pending", None, False)),
    (Setting.RESERVE, 44, [(5, 20), (1799, 20)], ("pending", None, False)),
    (Setting.RESERVE, 44, [(1799.9, 20)], ("rejected", "ignored", True)),
    (Setting.RESERVE, 44, [(1800, 44)], ("applied", None, True)),
    (Setting.RESERVE, 44, [(86400, 20)], ("rejected", "ignored", True)),
    (Setting.RESERVE, 44, [(-60, 20)], ("rejected", "ignored", True)),
    (Setting.RESERVE, 44, [(5, None)], ("pending", None, False)),
    (Setting.RESERVE, 44, [(1800, None)], ("pending", None, True)),
    (Setting.MODE, "backup", [(5, "backup")], ("applied", None, False)),
    # One of two servers is behind.
    (Setting.MODE, "backup", [(5, "backup"), (30, "self_consumption")], ("pending", None, False)),
    (Setting.MODE, "backup", [(5, "backup"), (30, "self_consumption"), (119.8, "backup")], ("applied", None, False)),
    (Setting.MODE, "backup", [(5, "backup"), (120, "self_consumption")], ("taken_back", "reverted", True)),
    (Setting.MODE, "backup", [(5, "backup"), (1800, "backup")], ("applied", None, True)),
    (Setting.RESERVE, 90, [(5, 90)], ("applied", None, False)),
    (Setting.RESERVE, 90, [(5, 90), (1800, 80)], ("taken_back", "snapped", True)),
    (Setting.RESERVE, 90, [(5, 80)], ("taken_back", "snapped", True)),
    (Setting.RESERVE, 90, [(5, 90), (1800, 90)], ("applied", None, True)),
    (Setting.RESERVE, 90, [(5, 90), (1800, 50)], ("taken_back", "reverted", True)),
]


@pytest.mark.parametrize(("setting", "value", "reads", "end"), STORIES)
def test_stories(
    setting: Setting, value: object, reads: list[tuple[float, object]], end: tuple[str, str | None, bool]
) -> None:
    """Each read tells its part."""
    found = wish(setting, value=value)
    for seconds, read in reads:
        at = site(**{setting.name: read}) if read is not None else EnergySite()
        found = found.judged(at, after(seconds))
    assert (found.outcome, found.reason, found.over) == end
    assert (found.next_look(after(reads[-1][0])) is None) is (end[2] or reads[-1][0] > 1799)


def test_from_eighty() -> None:
    """A site that was at 80 % and is still there has not snapped, but not obeyed."""
    found = wish(value=90, before=80)
    assert found.judged(site(RESERVE=80), after(5)).outcome is Outcome.PENDING
    assert found.judged(site(RESERVE=80), after(1800)).reason is Reason.IGNORED


def test_looks() -> None:
    """After 5 and 30 seconds, 2 minutes and half an hour, each once."""
    open_wish = wish()
    times = [-1.0, 0, 4, 5, 6, 30, 31, 120, 121, 1800]
    looks = [open_wish.next_look(after(seconds)) for seconds in times]
    assert [None if look is None else (look - SENT).total_seconds() for look in looks] == [
        None, 5, 5, 30, 30, 120, 120, 1800, 1800, None,
    ]  # fmt: skip
    assert [look.total_seconds() for look in LOOKS] == [5, 30, 120, 1800]


@given(st.lists(st.tuples(st.floats(0, 4000), st.sampled_from((20, 44, 60)) | st.none()), max_size=8))
def test_it_ends(reads: list[tuple[float, int | None]]) -> None:
    """Whatever is read, a read after half an hour ends it, and what is over never changes."""
    found = wish()
    for seconds, reserve in sorted(reads, key=lambda read: read[0]):
        before = found
        found = found.judged(EnergySite() if reserve is None else site(RESERVE=reserve), after(seconds))
        assert found == before or not before.over
    assert found.judged(site(), after(5000)).over


@pytest.mark.parametrize("setting", Setting)
def test_settings(setting: Setting) -> None:
    """Each is put, read and told from another value; what does not fit is known."""
    before = site()
    assert holds(before, setting, BEFORE[setting])
    assert not holds(before, setting, WANTED[setting])
    assert not holds(EnergySite(), setting, WANTED[setting])
    wanted = put(before, setting, WANTED[setting])
    assert holds(wanted, setting, WANTED[setting])
    assert RULES[setting].read(EnergySite()) is None
    assert fits(setting, WANTED[setting])
    assert not fits(setting, None)
    assert not fits(setting, 1.5)


def test_by_command() -> None:
    """What is charged from the grid and what is exported go in one request."""
    found = [(command.name, settings) for command, settings in by_command(Setting)]
    assert ("grid_import_export", [Setting.EXPORTS, Setting.GRID_CHARGING]) in found
    assert len(found) == len(Setting) - 1


def test_notes_cover_and_uncover() -> None:
    """What was sent covers what Tesla tells for two minutes, and a read that says nothing proves nothing."""
    notes = SiteNotes(energy_site_id=1).with_wishes([wish()])
    assert notes.told(site(), after(60)) == site(RESERVE=44)
    assert notes.told(site(), after(120)) == site()
    assert notes.untold(site(RESERVE=44)) == site()
    assert notes.expected(site()) == site(RESERVE=44)
    unanswered = SiteNotes().with_wishes([wish(accepted=False)])
    assert unanswered.told(site(), after(1)) == site()
    done = notes.judged(site(RESERVE=44), site(), after(5))
    assert done.expected(site()) == done.told(site(), after(6)) == done.untold(site()) == site()


def test_notes_on_disk() -> None:
    """They are read as they were written; what another version has left is dropped."""
    notes = SiteNotes(
        energy_site_id=1,
        wishes=tuple(wish(setting) for setting in Setting),
        reserve=ReserveRule(keeps=False, version="1"),
        strategy=StrategyNote(own={"grid_charging": True}, imposed={"grid_charging": False}, until=SENT),
    )
    assert parse(SiteNotes, to_json(notes)).sound() == notes
    odd = SiteNotes(strategy=StrategyNote(own={"weather": 1}), wishes=(wish(value=None), wish(before="x")))
    assert odd.sound() == SiteNotes()


def test_reserve_rule() -> None:
    """It is learned from what became of a wish, or from a value that stays, for a version of the software."""
    rule, high = ReserveRule(), site(RESERVE=90)
    assert not rule.forbids(high, 90)
    snapped = wish(value=90).judged(site(RESERVE=80), after(5))
    learned = rule.learned(site(RESERVE=80), site(), snapped)
    assert learned.keeps is False
    assert [learned.forbids(site(), percent) for percent in (80, 81, 99, 100)] == [False, True, True, False]
    kept = wish(value=90).judged(high, after(5)).judged(high, after(1800))
    assert learned.learned(high, high, kept).keeps is True
    later = put(EnergySite(info_read_at=after(3600)), Setting.RESERVE, 90)
    assert learned.learned(later, high, None).keeps is True
    assert learned.learned(high, high, None).keeps is False
    assert learned.learned(later, high, wish()).keeps is False
