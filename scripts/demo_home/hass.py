"""Home Assistant: its process, and what a person does in it, over its own API."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
import ctypes
import os
import signal
import socket
import sys
from typing import Any, Self

import aiohttp

from tesla_simulator import App, Simulator

from . import DemoError
from .files import DOMAIN, PUBLIC_HOST, Home
from .tesla import pair_cars

START_S = 180
STOP_S = 30
PR_SET_PDEATHSIG = 1
RESTART = 100  # exit code when a person asked for a restart


def free_port() -> int:
    """Return a port that is free now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def claim_port(port: int) -> None:
    """Make sure that Home Assistant will get its port."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except (OSError, OverflowError) as err:
            why = "which is in use" if isinstance(err, OSError) else "which does not exist"
            raise DemoError(f"Home Assistant needs port {port}, {why}. Choose another with --port N.") from err


def _end_with_parent() -> None:
    """Make Linux stop this process should the demo be killed; Ctrl-C at the terminal reaches the demo alone."""
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGTERM)


class HomeAssistant:
    """A Home Assistant process."""

    def __init__(self, home: Home, port: int, environment: Mapping[str, str]) -> None:
        """Say where it lives and listens."""
        self.url = f"http://127.0.0.1:{port}"
        self._home = home
        self._port = port
        self._environment = {**os.environ, **environment}
        self._process: asyncio.subprocess.Process | None = None

    async def start(self) -> None:
        """Start it, and wait until it answers."""
        self._home.prepare(self._port)
        with self._home.output.open("w") as output:
            self._process = await asyncio.create_subprocess_exec(
                *(sys.executable, "-m", "homeassistant", "--skip-pip", "-c", str(self._home.config)),
                cwd=self._home.config,
                env=self._environment,
                stdin=asyncio.subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                process_group=0,
                preexec_fn=_end_with_parent,
            )
        try:
            async with asyncio.timeout(START_S), aiohttp.ClientSession() as session:
                while not await _answers(session, f"{self.url}/manifest.json"):
                    if self._process.returncode is not None:
                        raise DemoError(f"Home Assistant stopped while it started; see {self._home.output}.")
                    await asyncio.sleep(0.1)
        except TimeoutError as err:
            raise DemoError(f"Home Assistant did not answer in {START_S} s; see {self._home.log}.") from err

    async def run(self) -> int:
        """Wait until it ends by itself, and restart it when a person asks for that in its menu."""
        assert self._process is not None
        while (code := await self._process.wait()) == RESTART:
            await self.start()
        return code

    async def stop(self) -> None:
        """Stop it, by force if it does not in time."""
        if self._process is None or self._process.returncode is not None:
            return
        with suppress(ProcessLookupError):
            self._process.terminate()
        try:
            async with asyncio.timeout(STOP_S):
                await self._process.wait()
        except TimeoutError:
            with suppress(ProcessLookupError):
                self._process.kill()
            await self._process.wait()


async def _answers(session: aiohttp.ClientSession, url: str) -> bool:
    try:
        async with session.get(url) as response:
            return response.ok
    except aiohttp.ClientError:
        return False


class Person:
    """The owner of a Home Assistant, at its API."""

    def __init__(self, url: str) -> None:
        """Say where it is; `async with` it to come in."""
        self._url = url
        self._client_id = f"{url}/"
        self._session = aiohttp.ClientSession(url)
        self._socket: aiohttp.ClientWebSocketResponse
        self._number = 0

    async def __aenter__(self) -> Self:
        """Come in, as the owner if there is none yet."""
        try:
            async with self._session.get("/api/onboarding") as response:
                steps = await response.json() if response.ok else []
            if any(step["step"] == "user" and not step["done"] for step in steps):
                await self._become_owner()
            else:
                await self._use_code(await self._code_of_login())
        except BaseException:
            await self._session.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        """Go."""
        await self._session.close()

    async def _become_owner(self) -> None:
        user = {"name": "Alex", "username": "demo", "password": "demo", "language": "en"}
        answer = await self.post("/api/onboarding/users", {**user, "client_id": self._client_id})
        await self._use_code(answer["auth_code"])
        back = {"client_id": self._client_id, "redirect_uri": f"{self._client_id}?auth_callback=1"}
        await self.post("/api/onboarding/integration", back)

    async def _code_of_login(self) -> str:
        answer = await self.post(
            "/auth/login_flow",
            {"client_id": self._client_id, "handler": ["trusted_networks", None], "redirect_uri": self._client_id},
        )
        return str(answer["result"])

    async def _use_code(self, code: str) -> None:
        form = {"client_id": self._client_id, "grant_type": "authorization_code", "code": code}
        async with self._session.post("/auth/token", data=form) as response:
            response.raise_for_status()
            token = (await response.json())["access_token"]
        self._session.headers["Authorization"] = f"Bearer {token}"
        self._session.headers["HA-Frontend-Base"] = self._url
        self._socket = await self._session.ws_connect("/api/websocket", max_msg_size=0)
        await self._socket.receive_json()
        await self._socket.send_json({"type": "auth", "access_token": token})
        await self._socket.receive_json()

    async def ask(self, kind: str, **fields: Any) -> Any:
        """Send a WebSocket command and return its result."""
        self._number += 1
        await self._socket.send_json({"id": self._number, "type": kind, **fields})
        while True:
            message = await self._socket.receive()
            if message.type is not aiohttp.WSMsgType.TEXT:
                raise DemoError("Home Assistant hung up.")
            answer = message.json()
            if answer["id"] == self._number and answer["type"] == "result":
                break
        if not answer["success"]:
            raise DemoError(f"Home Assistant refused {kind}: {answer['error']['message']}.")
        return answer["result"]

    async def _request(self, method: str, path: str, body: object = None) -> Any:
        async with self._session.request(method, path, json=body) as response:
            if not response.ok:
                raise DemoError(f"Home Assistant answered {path} with {response.status}: {await response.text()}")
            return await response.json()

    async def get(self, path: str) -> Any:
        """Fetch something."""
        return await self._request("GET", path)

    async def post(self, path: str, body: object) -> Any:
        """Send something."""
        return await self._request("POST", path, body)

    async def set_up_tesla(self, sim: Simulator, app: App) -> None:
        """Go through the integration's set-up as the forms ask for it, and sign in at the simulated Tesla."""
        flows = "/api/config/config_entries/flow"
        step = await self.post(flows, {"handler": DOMAIN})
        answers: dict[str, dict[str, Any]] = {
            "user": {"wish": "everything", "location": True},
            "app": {"client_id": app.client_id, "client_secret": app.client_secret or "", "place": "world"},
            "pick_app": {"app": f"{DOMAIN}_{app.client_id.replace('-', '_')}", "place": "world"},
            "register": {"domain": PUBLIC_HOST},
            "pair": {},
            "granted": {"next_step_id": "finish"},
        }
        if app.client_secret is None:
            del answers["app"]["client_secret"]
        while step["type"] != "create_entry":
            here = f"{flows}/{step['flow_id']}" if "flow_id" in step else flows
            if step["type"] == "external":
                back = await sim.authorize(step["url"])
                async with self._session.get(back) as response:
                    response.raise_for_status()
                step = await self.get(here)
            elif step["type"] in ("form", "menu") and not step.get("errors") and step["step_id"] in answers:
                if step["step_id"] == "pair":
                    await pair_cars(sim, PUBLIC_HOST)
                step = await self.post(here, answers[step["step_id"]])
            else:
                raise DemoError(f"The set-up of Tesla Charging came to a place where it cannot go on: {step}.")

    async def entity_ids(self) -> dict[str, str]:
        """Return the integration's entities that are switched on, by unique id with platform."""
        entities = await self.ask("config/entity_registry/list")
        return {
            f"{entity['entity_id'].split('.')[0]}.{entity['unique_id']}": entity["entity_id"]
            for entity in entities
            if entity["platform"] == DOMAIN and not entity["disabled_by"]
        }

    async def states(self) -> dict[str, str]:
        """Return every state, by entity id."""
        return {state["entity_id"]: state["state"] for state in await self.ask("get_states")}

    async def wait_for_states(self) -> None:
        """Wait until every entity of the integration has its first state."""
        while True:
            states, wanted = await self.states(), (await self.entity_ids()).values()
            if wanted and all(entity_id in states for entity_id in wanted):
                return
            await asyncio.sleep(0.2)
