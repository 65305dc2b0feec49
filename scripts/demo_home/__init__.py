"""The demo: a real Home Assistant at home with a simulated Tesla."""


class DemoError(Exception):
    """What went wrong, in a sentence for the person who started the demo."""
