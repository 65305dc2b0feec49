"""What a benchmark found: a table for people, figures and goals for machines."""

from collections.abc import Sequence
from dataclasses import dataclass, field
import json
from pathlib import Path
from typing import Any


@dataclass(frozen=True)
class Goal:
    """A figure and what it should be at most, or at least."""

    goal: float
    measured: float
    at_least: bool = False

    @property
    def met(self) -> bool:
        """Whether it is good enough."""
        return self.measured >= self.goal if self.at_least else self.measured <= self.goal

    @property
    def words(self) -> str:
        """What is wanted."""
        return f"at {'least' if self.at_least else 'most'} {self.goal:.3g}"


@dataclass
class Report:
    """The result of a benchmark."""

    benchmark: str
    tables: list[tuple[str, Sequence[str], Sequence[Sequence[str]]]] = field(default_factory=list)
    figures: dict[str, Any] = field(default_factory=dict)
    goals: dict[str, Goal] = field(default_factory=dict)

    @property
    def met(self) -> bool:
        """Whether all goals are met."""
        return all(goal.met for goal in self.goals.values())

    def show(self) -> None:
        """Print it."""
        for title, head, rows in self.tables:
            print(f"\n{title}\n")
            for line in aligned([head, *rows]):
                print(line)
        print("\nGoals\n")
        rows = [
            (name.replace("_", " "), goal.words, f"{goal.measured:.4g}", "met" if goal.met else "MISSED")
            for name, goal in self.goals.items()
        ]
        for line in aligned([("goal", "wanted", "measured", ""), *rows]):
            print(line)

    def write(self, path: Path) -> None:
        """Write it as JSON."""
        goals = {
            name: {"goal": goal.goal, "measured": goal.measured, "met": goal.met} for name, goal in self.goals.items()
        }
        data = {"benchmark": self.benchmark, "figures": self.figures, "goals": goals}
        path.write_text(json.dumps(data, indent=2) + "\n")


def aligned(rows: Sequence[Sequence[str]]) -> list[str]:
    """Lay cells out in columns, with a rule below the first row."""
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  " + "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    ]
    return [lines[0], "  " + "  ".join("-" * width for width in widths), *lines[1:]]
