"""What Superchargers have billed, as the client asks for it: paid, retried and refused like everything else."""

from collections.abc import AsyncGenerator
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from custom_components.tesla_charging.fleet import client as client_module
from custom_components.tesla_charging.fleet.errors import Fault, FleetError
from custom_components.tesla_charging.fleet.paying import PriceClass, price_class, sent_within
from tesla_simulator import App, Fault as Trouble, Simulator
from tesla_simulator.model import USER_SCOPES
from tesla_simulator.world import Account, Receipt

from .fleet_bench import Bench, make_bench

HISTORY, INVOICE = "charging/history", "charging/invoice"


@pytest.fixture
async def session(socket_enabled: None) -> AsyncGenerator[aiohttp.ClientSession]:
    """Open a session."""
    async with aiohttp.ClientSession() as opened:
        yield opened


@pytest.fixture
def bench(sim: Simulator, person: Account, app: App, session: aiohttp.ClientSession) -> Bench:
    """Return a client that is signed in with every scope."""
    return make_bench(sim, session, "eu", sim.grant(person, app, USER_SCOPES)["access_token"])


@pytest.fixture
def receipt(sim: Simulator, person: Account) -> Receipt:
    """Return the only bill there is, with an invoice."""
    past = sim.world.superchargers.seed_past(person.cars[0].vin, 3, sim.world.clock.now().timestamp())
    sim.world.superchargers.past[:] = found = [one for one in past if one.papers][:1]
    return found[0]


async def invoice_fails(bench: Bench, content_id: str) -> FleetError:
    """Ask for an invoice, in vain."""
    with pytest.raises(FleetError) as caught:
        await bench.client.charging_invoice(content_id)
    return caught.value


async def test_history(bench: Bench, receipt: Receipt) -> None:
    """A page comes as Tesla wraps it, for a request of data; times carry their offset."""
    answer = await bench.client.charging_history(page=1, size=50)
    assert [row["sessionId"] for row in answer["data"]] == [receipt.id]
    start = datetime.fromtimestamp(receipt.started_at, UTC)
    answer = await bench.client.charging_history(start + timedelta(seconds=1), datetime.now(UTC), page=1, size=7)
    assert answer["data"] == []
    assert bench.paid == [PriceClass.DATA] * 2
    first, second = bench.sim.requests
    assert first.query == {"pageNo": "1", "pageSize": "50"}
    assert second.query["startTime"] == (start + timedelta(seconds=1)).isoformat()
    assert [first.price_class, second.price_class] == ["data", "data"]


async def test_invoice(bench: Bench, receipt: Receipt) -> None:
    """An invoice is the PDF itself."""
    content = await bench.client.charging_invoice(receipt.papers[0].content_id)
    assert content.startswith(b"%PDF-")
    assert receipt.papers[0].file_name.encode() in content
    assert bench.paid == [PriceClass.DATA]
    assert price_class("api/1/dx/charging/invoice/x") is PriceClass.DATA


async def test_invoice_that_is_not_there(bench: Bench, receipt: Receipt) -> None:
    """A name that is no name gets nowhere else."""
    assert (await invoice_fails(bench, "../history?pageSize=1")).fault is Fault.NOT_FOUND
    assert bench.sim.requests[0].endpoint == "wrong" or "invoice" in bench.sim.requests[0].path
    assert bench.sim.requests[0].query == {}


@pytest.mark.parametrize("answer", ["html", "empty", "null", "truncated"])
async def test_invoice_that_is_none(bench: Bench, receipt: Receipt, answer: str) -> None:
    """What is no PDF is a bad answer."""
    bench.sim.faults.add(Trouble(endpoint=f"{INVOICE}*", answer=answer))
    err = await invoice_fails(bench, receipt.papers[0].content_id)
    assert (err.fault, err.status) == (Fault.BAD_ANSWER, 200)


@pytest.mark.parametrize(
    ("answer", "fault"),
    [
        ("missing_scopes", Fault.MISSING_SCOPES),
        ("business_only", Fault.UNSUPPORTED),
        ("not_registered", Fault.NOT_REGISTERED),
        ("rate_limited", Fault.RATE_LIMITED),
        ("internal", Fault.SERVER_ERROR),
        ("unavailable_html", Fault.SERVER_ERROR),
        ("timeout", Fault.SERVER_ERROR),
    ],
)
async def test_refusals(bench: Bench, receipt: Receipt, answer: str, fault: Fault) -> None:
    """Both endpoints fail as all others do; where Tesla asks for a pause, the next request does not leave."""
    bench.sim.faults.add(Trouble(answer=answer, times=4))
    assert (await invoice_fails(bench, receipt.papers[0].content_id)).fault is fault
    with pytest.raises(FleetError) as caught:
        await bench.client.charging_history(page=1, size=50)
    assert caught.value.fault is fault
    asked = len(bench.sim.requests)
    with sent_within() as sent, pytest.raises(FleetError):
        await bench.client.charging_history(page=1, size=50)
    assert len(bench.sim.requests) - asked == len(sent)
    assert (not sent) is (fault is Fault.RATE_LIMITED)


async def test_stale_token_for_an_invoice(bench: Bench, receipt: Receipt, person: Account, app: App) -> None:
    """A token that has expired is renewed once; both requests have left, and are counted."""
    bench.keeper.tokens.append(bench.sim.grant(person, app, USER_SCOPES)["access_token"])
    bench.sim.faults.add(Trouble(answer="token_expired", times=1))
    with sent_within() as sent:
        assert await bench.client.charging_invoice(receipt.papers[0].content_id)
    assert sent == bench.paid == [PriceClass.DATA] * 2


async def test_lost_answers_are_counted(bench: Bench, receipt: Receipt, monkeypatch: pytest.MonkeyPatch) -> None:
    """What has left counts, whatever has become of it; what nobody counts does not."""
    monkeypatch.setattr(client_module, "_SECONDS_OTHERWISE", 0.1)
    bench.sim.faults.add(Trouble(hang=True, times=1))
    with sent_within() as sent, pytest.raises(FleetError):
        await bench.client.charging_history(page=1, size=50)
    assert len(sent) == 1
    await bench.client.charging_history(page=1, size=50)
    assert len(sent) == 1
