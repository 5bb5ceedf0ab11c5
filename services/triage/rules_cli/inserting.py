"""Insert examples into a rule file as text: comments and layout of the file stay as they are."""

import copy
from collections.abc import Mapping, Sequence
from typing import Any, Final

import yaml

from services.triage.domain.example_writing import example_line
from services.triage.domain.rule_examples import values_as_json
from services.triage.domain.ruleset import Example
from services.triage.rule_files import RuleFile, read_rule_file

_FOLDED: Final = ("|", ">")


class CannotInsertError(ValueError):
    """The file is laid out in a way that is better edited by hand; nothing was written."""

    def __init__(self, rule_id: str) -> None:
        """Name the rule and say what to do."""
        super().__init__(
            f"the examples of {rule_id} are not a list with one '- entry' a line, so inserting "
            "might damage the file. Nothing was written: run the command without --write and "
            "paste what it prints"
        )


def with_examples(file: RuleFile, name: str, new: Mapping[str, Sequence[Example]]) -> str:
    """Return the file's text with examples added behind those of each rule, by rule id.

    The result is read again: it must say the same as before, plus the new examples.

    Raises:
        CannotInsertError: a list is written in a way that cannot be continued safely.
    """
    text = file.text
    rules = _value(yaml.compose(text, Loader=yaml.SafeLoader), "rules").value
    wanted = copy.deepcopy(dict(file.document))
    # From the end of the file to its beginning, so that places of what is before stay true.
    for index in range(len(rules) - 1, -1, -1):
        rule = wanted["rules"][index]
        examples = new.get(rule["id"], ())
        if examples:
            rule["examples"] += [_document(example) for example in examples]
            text = _inserted(text, rules[index], rule["id"], examples)
    document, _ = read_rule_file(text, file=name)
    if document != wanted:
        raise CannotInsertError(name)
    return text


def _inserted(text: str, rule: yaml.Node, rule_id: str, examples: Sequence[Example]) -> str:
    sequence = _value(rule, "examples")
    lines = [f"- {example_line(example)}\n" for example in examples]
    if not sequence.value:
        indent = " " * (rule.start_mark.column + 2)
        start, end = sequence.start_mark.index, sequence.end_mark.index
        block = "".join(f"{indent}{line}" for line in lines).rstrip("\n")
        return f"{text[:start].rstrip(' ')}\n{block}{text[end:]}"
    if sequence.flow_style:
        raise CannotInsertError(rule_id)
    indent = " " * sequence.start_mark.column
    rows = text.splitlines(keepends=True)
    last = _last_row(sequence.value[-1], rule_id)
    rows[last] = f"{rows[last].rstrip()}\n"
    rows[last + 1 : last + 1] = [f"{indent}{line}" for line in lines]
    return "".join(rows)


def _last_row(node: yaml.Node, rule_id: str) -> int:
    """Return the row on which an entry ends; a block's own end mark is that of what follows."""
    if isinstance(node, yaml.CollectionNode) and not node.flow_style:
        last = node.value[-1]
        return _last_row(last[1] if isinstance(last, tuple) else last, rule_id)
    if isinstance(node, yaml.ScalarNode) and node.style in _FOLDED:
        raise CannotInsertError(rule_id)
    row: int = node.end_mark.line
    return row


def _value(node: yaml.Node | None, key: str) -> Any:  # noqa: ANN401 - PyYAML's nodes have no types
    pairs = node.value if isinstance(node, yaml.MappingNode) else ()
    return next(value for name, value in pairs if name.value == key)


def _document(example: Example) -> dict[str, object]:
    return {
        "name": example.name,
        "facts": values_as_json(example.facts),
        "expect": example.expect.value,
    }
