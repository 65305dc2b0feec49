"""Scopes and wishes."""

from hypothesis import given, strategies as st
import pytest

from custom_components.tesla_charging.fleet.scopes import DATA, SIGN_IN, WISHES, Scope, Wish, ordered, wish_of
from tesla_simulator.model import USER_SCOPES

LOCATION = "vehicle_location"
BASE = {"openid", "offline_access"}
EXPECTED = {
    Wish.SEE: BASE | {"vehicle_device_data", "energy_device_data"},
    Wish.CONTROL: BASE | {"vehicle_device_data", "energy_device_data", "vehicle_charging_cmds", "energy_cmds"},
    Wish.EVERYTHING: set(USER_SCOPES) - {LOCATION},
    Wish.ENERGY: BASE | {"energy_device_data", "energy_cmds"},
}


def test_the_nine_scopes_in_teslas_order() -> None:
    """Ours are those of Tesla's consent page, in its order."""
    assert [scope.value for scope in Scope] == list(USER_SCOPES)


def test_every_wish_but_choose_has_an_answer() -> None:
    """No more scopes than the wish needs, and never the location."""
    assert {wish: {str(scope) for scope in scopes} for wish, scopes in WISHES.items()} == EXPECTED
    assert set(WISHES) == set(Wish) - {Wish.CHOOSE}
    for scopes in WISHES.values():
        assert scopes >= SIGN_IN
        assert scopes & DATA
        assert Scope.VEHICLE_LOCATION not in scopes


@pytest.mark.parametrize("wish", list(EXPECTED))
@pytest.mark.parametrize("location", [False, True])
def test_wish_of_its_scopes(wish: Wish, location: bool) -> None:
    """The wish is found again from its scopes, with the location or without."""
    assert wish_of(EXPECTED[wish] | ({LOCATION} if location else set())) is wish


@pytest.mark.parametrize(
    "scopes",
    [
        [],
        ["openid"],
        ["vehicle_location"],
        ["openid", "offline_access", "vehicle_device_data"],
        ["openid", "offline_access", "energy_device_data"],
        [*EXPECTED[Wish.CONTROL], "user_data"],
        [*EXPECTED[Wish.SEE], "enterprise_management"],
    ],
)
def test_no_wish(scopes: list[str]) -> None:
    """Any other set was chosen."""
    assert wish_of(scopes) is Wish.CHOOSE


@pytest.mark.parametrize(
    ("scopes", "expected"),
    [
        ([], []),
        (["energy_cmds", "openid"], ["openid", "energy_cmds"]),
        (reversed(Scope), list(USER_SCOPES)),
        (["zebra", "openid", "ant"], ["openid", "ant", "zebra"]),
        (["openid", "openid", Scope.OPENID], ["openid"]),
    ],
)
def test_ordered(scopes: list[str], expected: list[str]) -> None:
    """Tesla's order, unknown ones last by name, each once."""
    assert ordered(scopes) == expected


@given(st.lists(st.one_of(st.sampled_from([scope.value for scope in Scope]), st.text())))
def test_ordered_keeps_all(scopes: list[str]) -> None:
    """Nothing is lost or invented, and order in is of no account."""
    assert set(ordered(scopes)) == set(scopes)
    assert ordered(scopes) == ordered(reversed(scopes))
    assert ordered(ordered(scopes)) == ordered(scopes)
