"""The invoice of a stop as a file in the media folder: safe, private, never over another one, and each error a sentence."""

from datetime import UTC, datetime
import errno
from http import HTTPStatus
import os
from pathlib import Path
import stat
from typing import Any

import pytest
from pytest_homeassistant_custom_component.common import MockConfigEntry
from pytest_homeassistant_custom_component.typing import ClientSessionGenerator

from custom_components.tesla_charging.budget.asking import by_person
from custom_components.tesla_charging.charging.session import Bill, Invoice, Reason, Session
from custom_components.tesla_charging.charging_bills import charging_bills_of
from custom_components.tesla_charging.charging_log import charging_log_of
from custom_components.tesla_charging.const import DOMAIN
from custom_components.tesla_charging.fleet.scopes import Scope
from custom_components.tesla_charging.invoice_files import safe_name
from homeassistant.core import HomeAssistant
from homeassistant.exceptions import HomeAssistantError, ServiceValidationError
from homeassistant.helpers import device_registry as dr
from tesla_simulator import Fault, Simulator
from tesla_simulator.world import Receipt
from tests.conftest import SetUp
from tests.helpers import LUNA, START

pytestmark = pytest.mark.freeze_time(START)
DAY = 86_400.0


@pytest.fixture
def folder(hass: HomeAssistant, tmp_path: Path) -> Path:
    """Return the folder for invoices in a media folder that is there."""
    hass.config.media_dirs = {"local": str(tmp_path)}
    return tmp_path / "tesla_charging" / "invoices"


@pytest.fixture
def receipts(sim: Simulator) -> list[Receipt]:
    """Let Tesla have billed three stops: with two invoices, with one, and without."""
    now = sim.world.clock.now().timestamp()
    past = sim.world.superchargers.seed_past(LUNA, 40, now - DAY)
    found = [next(one for one in past if len(one.papers) == count) for count in (2, 1, 0)]
    for number, one in enumerate(found):
        one.site = ("Example Park", "Example/../Moor: \u00fcber", "Example Free")[number]
        one.started_at = one.stopped_at = one.unlatched_at = now - (3 + number) * DAY
    sim.world.superchargers.past[:] = found
    return found


@pytest.fixture
async def entry(hass: HomeAssistant, receipts: list[Receipt], set_up: SetUp) -> MockConfigEntry:
    """Set up an account with all that was billed."""
    entry = await set_up()
    with by_person():
        assert (await charging_bills_of(hass, entry).async_import()).new_sessions == 3
    return entry


async def download(hass: HomeAssistant, entry: MockConfigEntry, **data: Any) -> dict[str, Any]:
    """Call the action for the car."""
    device = dr.async_get(hass).async_get_device_by_identifier((DOMAIN, LUNA), entry.entry_id)
    assert device is not None
    data = {"device_id": device.id, **data}
    response = await hass.services.async_call(
        DOMAIN, "download_charging_invoice", data, blocking=True, return_response=True
    )
    assert response is not None
    return dict(response)


async def test_latest(
    hass: HomeAssistant,
    sim: Simulator,
    entry: MockConfigEntry,
    receipts: list[Receipt],
    folder: Path,
    hass_client: ClientSessionGenerator,
    hass_client_no_auth: ClientSessionGenerator,
) -> None:
    """Both invoices of the last stop are there, for the person to open, and for nobody else."""
    response = await download(hass, entry)
    assert response["session_id"] == f"bill-{receipts[0].id}"
    assert len(response["invoices"]) == 2
    assert response["path"] == response["invoices"][0]["path"]
    files = sorted(folder.iterdir())
    assert [str(path) for path in files] == [one["path"] for one in response["invoices"]]
    assert files[0].name.startswith("2026-06-07_Example-Park_INVOICE-")
    assert {stat.S_IMODE(path.stat().st_mode) for path in files} == {0o600}
    assert receipts[0].papers[0].file_name.encode() in files[0].read_bytes()
    # With its address whoever has it can open it, for a day; without, only who is signed in.
    stranger = await hass_client_no_auth()
    answer = await stranger.get(response["url"])
    assert (answer.status, answer.content_type) == (HTTPStatus.OK, "application/pdf")
    assert await answer.read() == files[0].read_bytes()
    # Home Assistant logs an address that is refused: it says neither where nor when.
    plain = response["url"].partition("?")[0]
    assert not any(word in plain for word in ("Example", "Park", "2026", "INVOICE"))
    assert files[0].name in answer.headers["Content-Disposition"]
    assert {stat.S_IMODE(path.stat().st_mode) for path in (folder, folder.parent)} == {0o700}
    assert (await stranger.get(plain)).status == HTTPStatus.UNAUTHORIZED
    person = await hass_client()
    assert (await person.get(plain)).status == HTTPStatus.OK
    (folder / "notes.txt").write_text("not an invoice")
    for wrong, status in (
        ("nothing.pdf", HTTPStatus.NOT_FOUND),
        ("notes.txt", HTTPStatus.NOT_FOUND),
        ("..%2F..%2Fsecrets.yaml", HTTPStatus.BAD_REQUEST),  # Home Assistant itself refuses those
    ):
        assert (await person.get(f"{plain.rpartition('/')[0]}/{wrong}")).status == status
    for path in folder.iterdir():
        path.unlink()
    assert (await person.get(plain)).status == HTTPStatus.NOT_FOUND
    folder.rmdir()
    assert (await person.get(plain)).status == HTTPStatus.NOT_FOUND
    hass.config.media_dirs = {}
    assert (await person.get(plain)).status == HTTPStatus.NOT_FOUND


async def test_long_site(
    hass: HomeAssistant,
    entry: MockConfigEntry,
    receipts: list[Receipt],
    folder: Path,
    hass_client: ClientSessionGenerator,
) -> None:
    """However long the name of a place is, each invoice has its own name and its own address, and so has a namesake."""
    receipts[0].site = "Example " * 8 + "Square"
    assert len(receipts[0].site) == 70
    with by_person():
        await charging_bills_of(hass, entry).async_import()
    response = await download(hass, entry)
    names = [one["file_name"] for one in response["invoices"]]
    for name, paper in zip(names, receipts[0].papers, strict=True):
        assert paper.file_name.removesuffix(".pdf") in name
    # Others of these names are there already, so that both get a number.
    for name in names:
        (folder / name).write_bytes(b"mine")
    again = await download(hass, entry)
    assert [one["file_name"] for one in again["invoices"]] == [f"{name.removesuffix('.pdf')}-2.pdf" for name in names]
    person = await hass_client()
    for one in again["invoices"]:
        answer = await person.get(one["url"])
        assert answer.status == HTTPStatus.OK
        assert await answer.read() == Path(one["path"]).read_bytes()


async def test_again_and_another(
    hass: HomeAssistant, entry: MockConfigEntry, receipts: list[Receipt], folder: Path, sim: Simulator
) -> None:
    """The same invoice is one file; another one of its name stays as it was."""
    session_id = f"bill-{receipts[1].id}"
    first = await download(hass, entry, session_id=session_id)
    assert await download(hass, entry, session_id=session_id) == first
    (path,) = folder.iterdir()
    assert path.parent == folder
    assert path.name == Path(first["path"]).name
    assert "/" not in path.name.removesuffix(".pdf")
    path.write_bytes(b"my own notes")
    second = await download(hass, entry, session_id=session_id)
    assert path.read_bytes() == b"my own notes"
    assert Path(second["path"]).name == f"{path.stem}-2.pdf"
    assert sim.bill.counts("demo-client")["data"] >= 3


@pytest.mark.parametrize(
    ("data", "key"), [({"session_id": "nobody"}, "no_such_session"), ({"session_id": "free"}, "no_invoice")]
)
async def test_nothing_to_download(
    hass: HomeAssistant, entry: MockConfigEntry, receipts: list[Receipt], folder: Path, data: dict[str, str], key: str
) -> None:
    """A session that is not there, or has no invoice, is named in a sentence."""
    if data["session_id"] == "free":
        data = {"session_id": f"bill-{receipts[2].id}"}
    with pytest.raises(ServiceValidationError) as caught:
        await download(hass, entry, **data)
    assert caught.value.translation_key == key
    assert not folder.exists()


async def test_none_yet(hass: HomeAssistant, set_up: SetUp, sim: Simulator, folder: Path) -> None:
    """Without any invoice it says so, and asks for nothing."""
    entry = await set_up()
    with pytest.raises(ServiceValidationError) as caught:
        await download(hass, entry)
    assert caught.value.translation_key == "no_invoices_yet"
    assert not sim.requests_for("charging/*")


async def test_not_granted(hass: HomeAssistant, set_up: SetUp, sim: Simulator, folder: Path) -> None:
    """Without the permission the sentence names it, and nothing is asked for."""
    entry = await set_up(frozenset(Scope) - {Scope.VEHICLE_CHARGING_CMDS})
    began = datetime(2026, 6, 1, 12, tzinfo=UTC)
    bill = Bill(session_id="1", started_at=began, invoices=(Invoice(content_id="c", file_name="i.pdf"),))
    session = Session(id="s", vin=LUNA, plugged_at=began, unplugged_at=began, bills=(bill,))
    charging_log_of(hass, entry).async_amend(session, Reason.IMPORTED)
    with pytest.raises(ServiceValidationError) as caught:
        await download(hass, entry)
    assert caught.value.translation_key == "not_granted"
    assert caught.value.translation_placeholders is not None
    assert caught.value.translation_placeholders["scope"] != Scope.VEHICLE_CHARGING_CMDS
    assert not sim.requests_for("charging/*")


@pytest.mark.parametrize(
    ("trouble", "key"),
    [
        ("internal", "server_error"),
        ("not_found", "not_found"),
        ("html", "bad_answer"),
        ("rate_limited", "rate_limited"),
    ],
)
async def test_trouble(
    hass: HomeAssistant, entry: MockConfigEntry, sim: Simulator, folder: Path, trouble: str, key: str
) -> None:
    """What Tesla refuses is a sentence, and no file."""
    sim.faults.add(Fault(path="*/invoice/*", answer=trouble))
    with pytest.raises(HomeAssistantError) as caught:
        await download(hass, entry)
    assert caught.value.translation_key == key
    assert not folder.exists()


async def test_no_folder(hass: HomeAssistant, entry: MockConfigEntry, folder: Path, tmp_path: Path) -> None:
    """No media folder, or one that cannot be written, is a sentence; any folder will do."""
    hass.config.media_dirs = {}
    with pytest.raises(ServiceValidationError) as caught:
        await download(hass, entry)
    assert caught.value.translation_key == "no_media_folder"
    blocked = tmp_path / "file"
    blocked.write_text("no folder")
    hass.config.media_dirs = {"other": str(blocked)}
    with pytest.raises(HomeAssistantError) as failed:
        await download(hass, entry)
    assert failed.value.translation_key == "invoice_not_written"
    hass.config.media_dirs = {"other": str(tmp_path)}
    assert Path((await download(hass, entry))["path"]).parent == folder


async def test_full_disk(
    hass: HomeAssistant, entry: MockConfigEntry, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What cannot be written whole is not there at all."""

    def full(descriptor: int, _: str) -> None:
        os.close(descriptor)
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fdopen", full)
        with pytest.raises(HomeAssistantError) as caught:
            await download(hass, entry)
    assert caught.value.translation_key == "invoice_not_written"
    assert not list(folder.iterdir())


async def test_too_many_of_a_name(
    hass: HomeAssistant, entry: MockConfigEntry, folder: Path, receipts: list[Receipt]
) -> None:
    """Nobody's files are given up for one more of the same name."""
    session_id = f"bill-{receipts[1].id}"
    path = Path((await download(hass, entry, session_id=session_id))["path"])
    for number in range(1, 100):
        (folder / (path.name if number == 1 else f"{path.stem}-{number}.pdf")).write_text("mine")
    with pytest.raises(HomeAssistantError) as caught:
        await download(hass, entry, session_id=session_id)
    assert caught.value.translation_key == "invoice_not_written"
    assert {one.read_text() for one in folder.iterdir()} == {"mine"}


async def test_not_a_car(hass: HomeAssistant, entry: MockConfigEntry, folder: Path) -> None:
    """The account is no car."""
    device = next(
        one
        for one in dr.async_entries_for_config_entry(dr.async_get(hass), entry.entry_id)
        if (DOMAIN, LUNA) not in one.identifiers
    )
    with pytest.raises(ServiceValidationError) as caught:
        await download(hass, entry, device_id=device.id)
    assert caught.value.translation_key == "not_a_car"


@pytest.mark.parametrize(
    ("parts", "name"),
    [
        (("2026-06-07", "Park", "INVOICE.pdf"), "2026-06-07_Park_INVOICE.pdf"),
        (("2026-06-07", None, "../../etc/passwd"), "2026-06-07_etc-passwd.pdf"),
        (("..", "/", "\x00"), "invoice.pdf"),
        (("P\u00e9ldafalva, Straße 5", "a\nb"), "P\u00e9ldafalva-Straße-5_a-b.pdf"),
        (("x" * 500,), "x" * 100 + ".pdf"),
        ((".hidden", "CON:"), "hidden_CON.pdf"),
    ],
)
def test_safe_name(parts: tuple[str | None, ...], name: str) -> None:
    """Nothing in a name leads elsewhere, and a safe name stays what it is."""
    assert safe_name(*parts) == name
    assert safe_name(name) == name
