"""A person's way through the real interface: the demo's own check, with a real Home Assistant and Chromium."""

import os
from pathlib import Path
import subprocess
import uuid

import pytest

CHECKOUT = Path(__file__).parents[1]
TIMEOUT_S = 480
MARK = "TESLA_CHARGING_TEST_RUN"
PICTURES = {
    "add-integration",
    "wish",
    "scopes",
    "tesla-app",
    "tesla-sign-in",
    "tesla-consent",
    "register",
    "register-refused",
    "pair",
    "phone-asks",
    "phone-paired",
    "granted",
    "done",
    "integration",
    "device-luna",
    "device-juniper",
    "device-powerwall",
    "device-wall-connector",
    "signed-charging",
    "tesla-signed-command",
    "dashboard",
    "charging-stopped",
    "charge-limit",
    "more-info",
    "car",
    "car-ready",
    "car-other",
    "budget",
    "tesla-bill",
    "options",
    "options-budget",
    "options-preview",
    "options-beliefs",
    "options-car",
    "energy-offer",
    "energy-month",
    "options-costs",
    "options-costs-said",
    "charging",
    "calendar",
    "calendar-session",
}


def _left_behind(mark: str) -> list[str]:
    """Return the command lines of processes that were started with the mark in their environment."""
    found = []
    for process in Path("/proc").glob("[0-9]*"):
        try:
            if mark.encode() in (process / "environ").read_bytes():
                found.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode())
        except OSError:
            continue
    return found


@pytest.mark.browser
def test_everything_in_a_real_browser(tmp_path: Path) -> None:
    """Sign in, register, pair, charge by a signed command and from the dashboard; nothing stays behind."""
    mark = str(uuid.uuid4())
    with subprocess.Popen(
        [CHECKOUT / "scripts" / "demo", "--check", "--screenshots", tmp_path],
        env={**os.environ, MARK: mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    ) as demo:
        try:
            output, _ = demo.communicate(timeout=TIMEOUT_S)
        except subprocess.TimeoutExpired:
            demo.terminate()
            output, _ = demo.communicate()
            pytest.fail(f"the check took more than {TIMEOUT_S} s:\n{output}")
    assert demo.returncode == 0, output
    pictures = {path.stem.partition("-")[2]: path.stat().st_size for path in tmp_path.glob("[0-9][0-9]-*.png")}
    assert pictures.keys() == PICTURES
    assert min(pictures.values()) > 5_000
    assert _left_behind(mark) == []
