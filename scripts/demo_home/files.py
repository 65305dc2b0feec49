"""The demo's folders, and what is written into them before Home Assistant starts."""

import base64
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
import fcntl
import json
import os
from pathlib import Path
import shutil
import time
from typing import Any

from tesla_simulator import App, Simulator

from . import DemoError

CHECKOUT = Path(__file__).parents[2]
STATE = CHECKOUT / ".demo"
DOMAIN = "tesla_charging"
PUBLIC_HOST = "home.example.com"
CONFIGURATION = f"""\
# Written by scripts/demo. Only this computer reaches this Home Assistant, so it asks for no password.
# To the simulated Tesla, and to nobody else, it is public at the external address.
homeassistant:
  name: Home
  external_url: https://{PUBLIC_HOST}
  unit_system: metric
  time_zone: Europe/Berlin
  country: DE
  currency: EUR
  language: en
  latitude: 52.401
  longitude: 13.0591
  elevation: 35
  media_dirs:
    local: MEDIA_FOLDER
  auth_providers:
    - type: trusted_networks
      trusted_networks: 127.0.0.1/32
      allow_bypass_login: true
    - type: homeassistant
frontend:
history:
logbook:
energy:
recorder:
  commit_interval: 2
logger:
  default: warning
  logs:
    custom_components.tesla_charging: info
    haffmpeg: critical
    homeassistant.components.camera.img_util: critical
"""


class Home:
    """The folder of one Home Assistant: its configuration, and whether its set-up was finished."""

    def __init__(self, folder: Path) -> None:
        """Name the folder."""
        self.config = folder / "config"
        self.output = folder / "output.log"
        self._ready = folder / "ready"
        self._folder = folder

    @property
    def storage(self) -> Path:
        """Where Home Assistant keeps its state."""
        return self.config / ".storage"

    @property
    def log(self) -> Path:
        """Home Assistant's log."""
        return self.config / "home-assistant.log"

    @property
    def ready(self) -> bool:
        """Whether it was set up to the end before."""
        return self._ready.exists()

    def mark_ready(self) -> None:
        """Keep it for the next start."""
        self._ready.touch()

    def wipe(self) -> None:
        """Forget everything."""
        shutil.rmtree(self._folder, ignore_errors=True)

    def prepare(self, port: int) -> None:
        """Write what Home Assistant reads at its start."""
        self.storage.mkdir(parents=True, exist_ok=True)
        # In a container it would be outside of this folder.
        media = self.config / "media"
        media.mkdir(exist_ok=True)
        text = CONFIGURATION.replace("MEDIA_FOLDER", str(media.absolute()))
        (self.config / "configuration.yaml").write_text(text, encoding="utf-8")
        components = self.config / "custom_components"
        components.unlink(missing_ok=True)
        components.symlink_to(CHECKOUT / "custom_components", target_is_directory=True)
        # As confirmed settings: what the configuration file says is tried for 5 minutes only.
        http = {
            "server_host": ["127.0.0.1"],
            "server_port": port,
            "cors_allowed_origins": [],
            "login_attempts_threshold": -1,
            "ip_ban_enabled": False,
            "ssl_profile": "intermediate_v6",
            "use_x_frame_options": True,
            "created_at": datetime.now(UTC).isoformat(),
            "error": None,
            "error_message": None,
        }
        self._store("http", 3, {"stable": http, "pending": None, "yaml_migration_done": True})
        # The other steps of the onboarding add integrations that need the internet.
        if not (self.storage / "onboarding").exists():
            self._store("onboarding", 4, {"done": ["core_config", "analytics"]})

    def _store(self, key: str, version: int, data: dict[str, Any]) -> None:
        text = json.dumps({"version": version, "minor_version": 1, "key": key, "data": data})
        (self.storage / key).write_text(text, encoding="utf-8")

    def entries(self) -> list[dict[str, Any]]:
        """Return the integration's entries, as they were kept."""
        kept = _read(self.storage / "core.config_entries")
        return [entry for entry in kept["data"]["entries"] if entry["domain"] == DOMAIN] if kept else []

    def keys(self) -> dict[str, tuple[str, str]]:
        """Return the domain and the private key of each app that was registered, by client id."""
        kept = _read(self.storage / f"{DOMAIN}.keys") or {"data": {}}
        return {
            client_id: (item["domain"], item["private_key"])
            for client_id, item in kept["data"].items()
            if "domain" in item
        }

    def renew_sign_ins(self, sim: Simulator) -> None:
        """Sign every kept entry in again: the simulated Tesla forgets all of them when it stops."""
        path = self.storage / "core.config_entries"
        kept = _read(path)
        if not kept:
            return
        for entry in kept["data"]["entries"]:
            app = _app_of(entry, sim)
            if entry["domain"] == DOMAIN and app is not None:
                scopes = _claims(entry["data"]["token"]["access_token"])["scp"]
                token = sim.grant(sim.world.accounts[0], app, scopes)
                entry["data"]["token"] = {**token, "expires_at": time.time() + token["expires_in"]}
        path.write_text(json.dumps(kept), encoding="utf-8")


@contextmanager
def kept_home(name: str) -> Iterator[Home]:
    """Give a folder that is kept, to one demo at a time."""
    STATE.mkdir(exist_ok=True)
    with (STATE / f"{name}.lock").open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError as err:
            lock.seek(0)
            raise DemoError(f"The demo is running already, as process {lock.read()}. Stop that one first.") from err
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield Home(STATE / name)


def _app_of(entry: dict[str, Any], sim: Simulator) -> App | None:
    name = entry["data"].get("auth_implementation", "")
    return next((app for app in sim.apps if name.endswith(app.client_id.replace("-", "_"))), None)


def _claims(token: str) -> dict[str, Any]:
    payload = token.split(".")[1]
    claims: dict[str, Any] = json.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def _read(path: Path) -> Any:
    return json.loads(path.read_text(encoding="utf-8")) if path.exists() else None
