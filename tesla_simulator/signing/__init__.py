"""Signed commands: the cars verify with code of their own (libraries.md 8.4, vehicle-command's protocol.md)."""

from .endpoint import signed_command
from .faults import SigningFault, SigningFaults

__all__ = ["SigningFault", "SigningFaults", "signed_command"]
