"""How often the default rules offer a peer: `python -m tests.bench.offers` prints it."""

from tests.bench.figures import Section
from tests.rules.offers import of_complete, of_everyday, of_severe


def section() -> Section:
    """Count, and return the section of docs/bench.md."""
    return Section(tuple(lines()))


def lines() -> list[str]:
    """Return the section's lines."""
    everyday, severe = of_everyday(), of_severe()
    return [
        "## Offers of the default rule set",
        "",
        "Generated reports, by the published base rates where there are any: the source of each",
        "stands in `tests/rules/filling.py`. The severe ones are one clear case per trigger",
        "with everything else left to chance. No real reports were used.",
        "",
        f"- {everyday.sentence('Everyday reports')}.",
        f"- {severe.sentence('Severe reports')}.",
        f"- {of_complete().sentence('Everyday reports that leave nothing out')}.",
        "",
        "Several rules may stand behind one offer.",
        "",
        "| rule behind an everyday offer | reports |",
        "|---|---|",
        *(f"| {rule} | {count} |" for rule, count in _ordered(everyday.causes)),
    ]


def _ordered(causes: dict[str, int]) -> list[tuple[str, int]]:
    return sorted(causes.items(), key=lambda row: (-row[1], row[0]))


if __name__ == "__main__":
    print("\n".join(lines()))
