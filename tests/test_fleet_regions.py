"""The region table, and which addresses are trusted with a token."""

import json

import pytest

from custom_components.tesla_charging.fleet.regions import (
    CHINA,
    DEFAULT_REGION,
    ENVIRONMENT_VARIABLE,
    Region,
    region_in_error,
    region_of_code,
    region_of_url,
    region_table,
)

TABLE = region_table({})
LOCAL = {"eu": {"api_url": "http://127.0.0.1:1234", "token_url": "http://127.0.0.1:1/token"}}


def test_teslas_own_addresses() -> None:
    """Without the variable there are Tesla's three regions, China with hosts of its own."""
    assert list(TABLE) == ["na", "eu", "cn"]
    assert [region.id for region in TABLE.values()] == list(TABLE)
    assert TABLE[DEFAULT_REGION].api_url == "https://fleet-api.prd.na.vn.cloud.tesla.com"
    assert TABLE["eu"].api_url == "https://fleet-api.prd.eu.vn.cloud.tesla.com"
    for region in (TABLE["na"], TABLE["eu"]):
        assert region.authorize_url == "https://auth.tesla.com/oauth2/v3/authorize"
        assert region.token_url == "https://fleet-auth.prd.vn.cloud.tesla.com/oauth2/v3/token"
        assert region.consent_url == "https://auth.tesla.com/user/revoke/consent"
        assert region.portal_url == "https://developer.tesla.com"
    china = TABLE[CHINA]
    assert china.api_url == "https://fleet-api.prd.cn.vn.cloud.tesla.cn"
    assert china.authorize_url == "https://auth.tesla.cn/oauth2/v3/authorize"
    assert china.token_url == "https://auth.tesla.cn/oauth2/v3/token"
    assert china.consent_url == "https://auth.tesla.cn/user/revoke/consent"
    assert china.portal_url == "https://developer.tesla.cn"


@pytest.mark.parametrize("text", [None, ""])
def test_no_extension(text: str | None) -> None:
    """An empty variable is as good as none."""
    assert region_table({} if text is None else {ENVIRONMENT_VARIABLE: text}) == TABLE


def test_the_environment_changes_what_it_names() -> None:
    """Fields that the variable leaves out stay Tesla's, and so do the other regions."""
    table = region_table({ENVIRONMENT_VARIABLE: json.dumps(LOCAL)})
    assert table["eu"].api_url == "http://127.0.0.1:1234"
    assert table["eu"].token_url == "http://127.0.0.1:1/token"
    assert table["eu"].authorize_url == TABLE["eu"].authorize_url
    assert {key: table[key] for key in ("na", "cn")} == {key: TABLE[key] for key in ("na", "cn")}


def test_the_environment_adds_a_region() -> None:
    """A region that is new has to say where its API is."""
    table = region_table({ENVIRONMENT_VARIABLE: '{"ap": {"api_url": "https://x.tesla.com"}}'})
    assert table["ap"] == Region(id="ap", api_url="https://x.tesla.com")
    assert set(table) == {*TABLE, "ap"}


def test_the_process_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without an argument the variable of the process counts."""
    monkeypatch.setenv(ENVIRONMENT_VARIABLE, json.dumps(LOCAL))
    assert region_table()["eu"].api_url == "http://127.0.0.1:1234"
    monkeypatch.delenv(ENVIRONMENT_VARIABLE)
    assert region_table() == TABLE


@pytest.mark.parametrize(
    "text",
    [
        "not json",
        '{"eu": {"api_url": "http://127.0.0.1:1"}',
        "[]",
        "5",
        '"eu"',
        '{"eu": []}',
        '{"eu": null}',
        '{"eu": "http://127.0.0.1:1"}',
        '{"eu": {"api": "http://127.0.0.1:1"}}',
        '{"eu": {"api_url": "http://127.0.0.1:1", "colour": "red"}}',
        '{"ap": {}}',
        '{"ap": {"token_url": "http://127.0.0.1:1"}}',
        '{"eu": {"api_url": 5}}',
        '{"eu": {"api_url": null}}',
        '{"eu": {"token_url": ["http://127.0.0.1:1"]}}',
        '{"eu": {"id": "na"}}',
    ],
)
def test_a_table_that_is_not_understood(text: str) -> None:
    """Half-understood addresses are refused as a whole, by the variable's name."""
    with pytest.raises(ValueError, match=ENVIRONMENT_VARIABLE):
        region_table({ENVIRONMENT_VARIABLE: text})


@pytest.mark.parametrize("region_id", ["na", "eu", "cn"])
@pytest.mark.parametrize("end", ["", "/", "//"])
def test_known_addresses(region_id: str, end: str) -> None:
    """A region's own address is found, with a slash at its end or without."""
    assert region_of_url(TABLE[region_id].api_url + end, TABLE) is TABLE[region_id]


def test_a_known_address_may_be_plain_http() -> None:
    """What the environment names is trusted as it stands."""
    table = region_table({ENVIRONMENT_VARIABLE: json.dumps(LOCAL)})
    assert region_of_url("http://127.0.0.1:1234", table) is table["eu"]
    assert region_of_url("http://127.0.0.1:1235", table) is None


@pytest.mark.parametrize(
    ("url", "like"),
    [
        ("https://fleet-api.prd.ap.vn.cloud.tesla.com", DEFAULT_REGION),
        ("https://fleet-api.prd.cn2.vn.cloud.tesla.cn", CHINA),
        ("https://fleet.teslamotors.com/", DEFAULT_REGION),
    ],
)
def test_a_new_region_of_teslas(url: str, like: str) -> None:
    """An address of Tesla's that is new to us is good, with the sign-in server of its part of the world."""
    found = region_of_url(url, TABLE)
    assert found is not None
    assert found.api_url == url.rstrip("/")
    assert found.id == url.rstrip("/").removeprefix("https://")
    assert (found.token_url, found.authorize_url) == (TABLE[like].token_url, TABLE[like].authorize_url)


@pytest.mark.parametrize(
    "url",
    [
        "",
        "tesla.com",
        "http://fleet-api.prd.eu.vn.cloud.tesla.com",
        "ftp://fleet-api.prd.eu.vn.cloud.tesla.com",
        "https://fleet-api.prd.ap.vn.cloud.tesla.com:8443",
        "https://fleet-api.prd.ap.vn.cloud.tesla.com:443",
        "https://fleet-api.prd.ap.vn.cloud.tesla.com:99999",
        "https://fleet-api.prd.ap.vn.cloud.tesla.com:x",
        "https://evil.example.com",
        "https://tesla.com.evil.example.com",
        "https://eviltesla.com",
        "https://evil.example.com/.tesla.com",
        "https://evil.example.com#.tesla.com",
        "https://evil.example.com?x=.tesla.com",
        "https://evil.example.com\\.tesla.com",
        "https://fleet.tesla.com@evil.example.com",
        "https://user:password@fleet.tesla.com",
        "https://fleet.tesla.com/elsewhere",
        "https://fleet.tesla.com?x=1",
        "https://[::1",
        "https://.tesla.com",
        "https://fleet.tesla.com\n",
        "https://flëet.tesla.com",
    ],
)
def test_addresses_that_get_no_token(url: str) -> None:
    """Anything but https to a plain host of Tesla's is refused, without an exception."""
    assert region_of_url(url, TABLE) is None


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("user out of region, use base URL: https://fleet-api.prd.eu.vn.cloud.tesla.com, see https://x", "eu"),
        ("user out of region, use base URL: https://fleet-api.prd.cn.vn.cloud.tesla.cn", "cn"),
        ("use base URL: https://fleet-api.prd.na.vn.cloud.tesla.com.", None),
        ("use base URL: https://evil.example.com, see https://x", None),
        ("use base URL: https://fleet-api.prd.eu.vn.cloud.tesla.com:99999, see https://x", None),
        ("use base URL: http://fleet-api.prd.eu.vn.cloud.tesla.com, see https://x", None),
        ("user out of region", None),
        ("see https://fleet-api.prd.eu.vn.cloud.tesla.com", None),
        ("", None),
    ],
)
def test_the_region_that_a_421_names(words: str, expected: str | None) -> None:
    """Tesla's words for a wrong region lead to a region of the table, or nowhere."""
    found = region_in_error(words, TABLE)
    assert (found and found.id) == expected


def test_the_simulators_421() -> None:
    """An address with a port leads to the region that the environment gave it."""
    table = region_table({ENVIRONMENT_VARIABLE: json.dumps(LOCAL)})
    assert region_in_error("use base URL: http://127.0.0.1:1234, see x", table) is table["eu"]
    assert region_in_error("use base URL: http://127.0.0.1:12345, see x", table) is None


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        ("EU_a90869e9d", "eu"),
        ("NA_0", "na"),
        ("cn_1", "cn"),
        ("eu", "eu"),
        ("XX_1", None),
        ("a90869e9d", None),
        ("_EU", None),
        ("", None),
    ],
)
def test_the_prefix_of_a_code(code: str, expected: str | None) -> None:
    """A code tells the region, if it has a prefix that is known."""
    found = region_of_code(code, TABLE)
    assert (found and found.id) == expected
