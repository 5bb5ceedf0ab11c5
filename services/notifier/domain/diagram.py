"""Draws the transition table as a Mermaid state diagram for the docs."""

from collections import defaultdict

from services.notifier.domain.states import Action, State
from services.notifier.domain.transitions import TRANSITIONS


def mermaid() -> str:
    """Return the diagram: one arrow for each pair of states, labelled with its actions.

    Rows that keep the state are left out: they are most of the table and move nothing.
    """
    arrows: defaultdict[tuple[State, State], dict[Action, None]] = defaultdict(dict)
    for (state, action), rows in TRANSITIONS.items():
        for row in rows:
            if row.to not in (None, state):
                arrows[state, State(row.to)][action] = None
    lines = [
        f"    {state} --> {to}: {', '.join(actions)}" for (state, to), actions in arrows.items()
    ]
    return "\n".join(("stateDiagram-v2", "    [*] --> proposed", *lines, "    closed --> [*]", ""))
