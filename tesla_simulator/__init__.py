"""A simulated Tesla: sign-in server, Fleet API, biller, faults and a control page, over plain HTTP on loopback."""

from .faults import Fault
from .model import App, Behaviour
from .requests_log import Request
from .server import Simulator

__all__ = ["App", "Behaviour", "Fault", "Request", "Simulator"]
