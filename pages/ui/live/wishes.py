"""What a client may wish of a board: a table, verb -> what comes with it, and what it does.

    VERBS: Verbs = {
        "visit": Wish(whole(0, MAX_EPOCHS), lambda session, epoch: session.visit(epoch)),
        "reset": Wish(Nothing, lambda session, _: session.reset()),
    }

What comes is checked once, here: its type, range and length, the names of its fields. What is
behind may rely on that. Only what depends on the state (a layer that this network does not have)
is checked where the wish is granted, by a ValueError with a sentence.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, TypeAdapter, ValidationError
from pydantic import create_model as make_model

from nnlib.names import shown

MAX_SENTENCE = 200  # characters of a complaint
NAME = 40  # ... of what the page calls a field
NOT_UNDERSTOOD = "The page sent something that is not understood: "

Nothing = type(None)  # what comes with a verb that says everything itself


# ------------------------------------------------------------------------ types


def whole(low: int, high: int) -> Any:
    """A whole number, both ends allowed."""
    return Annotated[int, Field(strict=True, ge=low, le=high)]


def number(low: float, high: float) -> Any:
    """A finite number, both ends allowed."""
    return Annotated[float, Field(strict=True, ge=low, le=high, allow_inf_nan=False)]


def text(most: int) -> Any:
    """At most so many characters, that can be written as UTF-8."""
    return Annotated[str, Field(strict=True, max_length=most)]


def one_of(*names: str) -> Any:
    """One of these words."""
    return Literal[names]


def one_of_numbers(*values: float) -> Any:
    """One of these numbers, finite ones."""
    words = ", ".join(f"{value:g}" for value in values)

    def check(value: float) -> float:
        if value not in values:
            raise ValueError(f"allowed: {words}")
        return value

    limits: dict[str, Any] = {"ge": min(values), "le": max(values), "allow_inf_nan": False}
    return Annotated[float, Field(strict=True, description=words, **limits), AfterValidator(check)]


def several(kind: Any, least: int, most: int) -> Any:
    """A list of `least` to `most` of a kind."""
    return Annotated[list[kind], Field(min_length=least, max_length=most)]


class Fields(BaseModel):
    """Named fields, no others; those with a default may be left out."""

    model_config = ConfigDict(
        frozen=True, extra="forbid", strict=True, field_title_generator=lambda name, _: name
    )


class Changes(Fields):
    """Some of the fields; the wish gets those that were given, by name, in their order."""


def changes_of(model: type[BaseModel]) -> type[Changes]:
    """A change of some fields of a model: each has the type and the range that the model gives it.

    What the model checks beyond a field's own type (`field_validator`) it does when it is made.
    """
    fields: dict[str, Any] = {
        name: (Annotated[(field.annotation, *field.metadata, Field(title=field.title))], None)
        for name, field in model.model_fields.items()
    }
    return make_model(f"Changes of {model.__name__}", __base__=Changes, **fields)


# ------------------------------------------------------------------------ a wish


class Wish:
    """What comes with a verb (`kind`), and what the verb does: `grant(watched, value)`.

    `grant` is called in the socket's thread: it only leaves a wish with the watched thing.
    `allowed(field)`: the allowed values of a field in words, where the type does not say it best.
    """

    def __init__(
        self,
        kind: Any,
        grant: Callable[[Any, Any], object],
        allowed: Callable[[str], str] | None = None,
    ) -> None:
        self._type = TypeAdapter(kind)
        self.schema = self._type.json_schema()
        self.grant = grant
        self._allowed = allowed

    def checked(self, verb: str, value: Any) -> Any:
        """The value as the type has it; ValueError with a sentence where it is none."""
        try:
            found = self._type.validate_python(value)
        except ValidationError as error:
            raise ValueError(sentence(error, self.schema, verb, self._allowed)) from None
        if isinstance(found, Changes):
            return {name: getattr(found, name) for name in value}
        return found

    @property
    def words(self) -> str:
        """What may come with the verb."""
        if self._allowed is None:
            return words(self.schema, self.schema)
        fields = {name: self._allowed(name) for name in self.schema["properties"]}
        return "; ".join(f"{name}: {said}" for name, said in fields.items())


Verbs = Mapping[str, Wish]  # what a client may ask for


def understood(verbs: Verbs, message: str) -> tuple[Wish, Any]:
    """The wish of a client's message, {VERB: VALUE} in JSON, and its checked value.

    ValueError, with a sentence for the person, where it is anything else.
    """
    try:
        found = json.loads(message, object_pairs_hook=_each_once)
    except (ValueError, RecursionError) as error:
        twice = str(error) if isinstance(error, _TwiceError) else "it is no JSON"
        raise ValueError(f"{NOT_UNDERSTOOD}{twice}.") from None
    if not isinstance(found, dict) or len(found) != 1:
        what = f"{len(found)} wishes" if isinstance(found, dict) else shown(found, NAME)
        raise ValueError(f"{NOT_UNDERSTOOD}{what}, and not one wish.")
    ((verb, value),) = found.items()
    if verb not in verbs:
        raise ValueError(bounded(f"{NOT_UNDERSTOOD}there is no wish {shown(verb, NAME)}."))
    return verbs[verb], verbs[verb].checked(verb, value)


class _TwiceError(ValueError):
    """A name stands twice in one object."""


def _each_once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise _TwiceError("a name comes twice")
    return found


# ------------------------------------------------------------------------ in words


def sentence(
    error: ValidationError,
    schema: dict[str, Any],
    verb: str = "",
    allowed: Callable[[str], str] | None = None,
) -> str:
    """What is wrong first of all: the field (or verb), its value, what is allowed."""
    item = error.errors(include_url=False)[0]
    field = str(item["loc"][0]) if item["loc"] and isinstance(item["loc"][0], str) else ""
    kinds = schema.get("properties", {})
    if item["type"] == "extra_forbidden":
        return bounded(f"{_name(field)}: there is no such setting; allowed: {', '.join(kinds)}.")
    if item["type"] == "missing" and len(item["loc"]) == 1:
        return bounded(f"{verb}: {field} is missing.")
    kind = kinds.get(field) if field else schema
    if item["type"] == "value_error":
        said = item["msg"].removeprefix("Value error, ")
        said = said if said.startswith("allowed") or not field else f"allowed: {said}"
    elif allowed is not None and field:
        said = allowed(field)
    else:
        said = f"allowed: {words(kind or {}, schema)}"
    name = (kind or {}).get("title", field) if field else verb
    value = "nothing" if item["input"] in (None, "") else shown(item["input"])
    prefix = f"{_name(name)}: {value} is not possible; " if name else ""
    return bounded(f"{prefix}{said}.")


def bounded(said: str) -> str:
    """The sentence, cut where it is longer than MAX_SENTENCE."""
    return said if len(said) <= MAX_SENTENCE else f"{said[: MAX_SENTENCE - 1]}…"


def _name(field: str) -> str:
    return field if field.isprintable() and len(field) <= NAME else shown(field, NAME)


def words(kind: dict[str, Any], schema: dict[str, Any]) -> str:
    """A type's JSON schema for people: a whole number from 1 to 9."""
    if "$ref" in kind:
        return words(schema["$defs"][kind["$ref"].rpartition("/")[2]], schema)
    if "description" in kind and "properties" not in kind:
        return kind["description"]
    if "anyOf" in kind:
        return " or ".join(words(each, schema) for each in kind["anyOf"])
    if "const" in kind or "enum" in kind:
        return ", ".join(map(str, kind.get("enum", [kind.get("const")])))
    match kind.get("type"):
        case "integer" | "number" as name:
            what = "a whole number" if name == "integer" else "a number"
            if "exclusiveMinimum" in kind:
                what += f" above {kind['exclusiveMinimum']:,.10g}"
            if "minimum" in kind:
                what += f" from {kind['minimum']:,.10g}"
            return what + (f" to {kind['maximum']:,.10g}" if "maximum" in kind else "")
        case "string":
            return f"a text of at most {kind['maxLength']} characters"
        case "boolean":
            return "true or false"
        case "null":
            return "nothing"
        case "array":
            return _list_words(kind, schema)
        case "object":
            fields = kind.get("properties", {})
            return "; ".join(f"{name}: {words(each, schema)}" for name, each in fields.items())
    return "something else"


def _list_words(kind: dict[str, Any], schema: dict[str, Any]) -> str:
    least, most = kind.get("minItems", 0), kind.get("maxItems", "any")
    count = most if least == most else f"{least} to {most}"
    kinds = [words(each, schema) for each in kind.get("prefixItems", [kind.get("items", {})])]
    return f"a list of {count}: {', '.join(dict.fromkeys(kinds))}"
