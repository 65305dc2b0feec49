"""A simulated Tesla: sign-in server, Fleet API, biller, faults and a control page, over plain HTTP on loopback."""

from .faults import Fault
from .key_hosts import KeyHost
from .model import App, Behaviour
from .pairing import PairingRefused
from .requests_log import Request
from .server import Simulator
from .signing import SigningFault

__all__ = ["App", "Behaviour", "Fault", "KeyHost", "PairingRefused", "Request", "SigningFault", "Simulator"]
