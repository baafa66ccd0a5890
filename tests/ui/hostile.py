"""Messages that no honest page sends, generated from a board's own table of wishes."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from typing import Any

from pages.ui.live.wishes import Verbs

HUGE = "1" + "0" * 400
# JSON that is spoiled in one place; put in as it stands.
SPOILS = (
    *("null", "true", "false", "NaN", "Infinity", "-Infinity", "1e999", "-0", "-1", "0", "1"),
    *("2", "7", "0.5", "1e308", "-1e308", "1e-320", "9007199254740993", HUGE, "-" + HUGE),
    *("1" + "0" * 4_400, '""', '"\\ud800"', '"\\u0000"', '"x"', '"' + "x" * 2_000 + '"'),
    *('"<img src=x>"', '"%{z}"', '"１２"', '"1_000"', "[]", "{}", "[[]]", "[null]", '{"a":1}'),
    *("[NaN,1]", "[1,NaN]", "[true,false]", "[1,2,3]", "[1e300,-1e300]", '["relu","relu"]'),
    *("[" * 900 + "]" * 900, "[" + "1," * 900 + "1]", '{"x1":' * 300 + "1" + "}" * 300),
    *('{"__class__":1}', '{"self":1}', '{"":1}', '{"name":1,"value":1}'),
)
NOT_JSON = (
    *("", "{", "[]", "{}", "null", "play", '{"play"}', '{"play":null,"pause":null}'),
    *("[" * 3_000, "1" * 4_400),
)


def valid(verbs: Verbs, seed: int, n: int) -> Iterator[str]:
    """n messages whose values are of the types in the table: their ends, and between."""
    dice = random.Random(seed)
    names = sorted(verbs)
    for i in range(n):
        verb = names[i % len(names)]
        schema = verbs[verb].schema
        yield json.dumps({verb: _value(schema, schema, dice)})


def messages(verbs: Verbs, seed: int, n: int) -> Iterator[str]:
    """n messages: right ones, spoiled ones and some that are nothing at all."""
    dice = random.Random(seed)
    names = sorted(verbs)
    for _ in range(n):
        verb = dice.choice([*names, "set", "fly", "__init__", "\ud800"])
        chance = dice.random()
        if chance < 0.03:
            yield dice.choice(NOT_JSON)
        elif chance < 0.35 or verb not in verbs:
            yield f"{{{json.dumps(verb)}:{dice.choice(SPOILS)}}}"
        else:
            schema = verbs[verb].schema
            text = json.dumps(_value(schema, schema, dice, spoil=0.0 if chance > 0.7 else 0.3))
            for place in range(text.count('"@"')):
                text = text.replace('"@"', dice.choice(SPOILS), 1) if place < 3 else text
            yield f"{{{json.dumps(verb)}:{text}}}"


def _value(kind: dict[str, Any], schema: dict[str, Any], dice: random.Random, spoil=0.0) -> Any:
    """A value of a JSON schema; with chance `spoil`, in each place, a mark for a spoiled one."""
    if spoil and dice.random() < spoil / 2:
        return "@"
    if "$ref" in kind:
        kind = schema["$defs"][kind["$ref"].rpartition("/")[2]]
    if "anyOf" in kind:
        return _value(dice.choice(kind["anyOf"]), schema, dice, spoil)
    if "enum" in kind or "const" in kind:
        return dice.choice(kind.get("enum", [kind.get("const")]))
    low = kind.get("minimum", kind.get("exclusiveMinimum", 0))
    high = kind.get("maximum", 1)
    match kind.get("type"):
        case "integer":
            return dice.choice([low, high, dice.randint(low, high), min(high, low + 1)])
        case "number":
            return dice.choice([low, high, dice.uniform(low, high), dice.uniform(0, 1), 1])
        case "string":
            return dice.choice(["A", "w-1-1-1", "kill-1-1", "0" * kind.get("maxLength", 4), "relu"])
        case "boolean":
            return dice.random() < 0.5
        case "array":
            each = kind.get("prefixItems")
            if each is None:
                n = dice.randint(kind.get("minItems", 0), kind["maxItems"])
                each = [kind["items"]] * n
            return [_value(item, schema, dice, spoil) for item in each]
        case "object":
            fields = kind.get("properties", {})
            needed = kind.get("required", [])
            few = dice.sample(sorted(fields), min(len(fields), dice.randint(1, 3)))
            return {name: _value(fields[name], schema, dice, spoil) for name in {*needed, *few}}
    return None
