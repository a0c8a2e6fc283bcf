"""What a condition in SQL may be made of: columns, constants, comparisons and functions of the cells of one row."""

from __future__ import annotations

import json
from collections.abc import Iterator
from difflib import get_close_matches
from typing import TYPE_CHECKING, Any

from core.errors import InputError, shown

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

ROWS = "rows_of_the_table"
"""What the table is called where a condition is worked out."""

LONGEST = 10_000
"""Characters that a condition may have."""

EXAMPLE = "sex = 'M' and year > 1990"

_BEFORE, _AFTER = "SELECT (", f"\n) FROM {ROWS}"

_CLASSES = ("BETWEEN", "CASE", "CAST", "COLUMN_REF", "COMPARISON", "CONJUNCTION", "CONSTANT", "FUNCTION", "TYPE")
_OPERATORS = """
    OPERATOR_NOT OPERATOR_IS_NULL OPERATOR_IS_NOT_NULL OPERATOR_COALESCE OPERATOR_TRY COMPARE_IN COMPARE_NOT_IN
"""
_TYPES = "BOOLEAN TINYINT SMALLINT INTEGER BIGINT HUGEINT FLOAT DOUBLE DECIMAL VARCHAR DATE TIME TIMESTAMP"
_SIGNS = "+ - * / // % ** ^ @ || ~~ !~~ ~~* !~~* ~~~ ^@"
_NAMES = """
    abs ceil ceiling floor round trunc sign even sqrt cbrt exp ln log log10 log2 pow power mod greatest least
    sin cos tan asin acos atan atan2 isnan isinf isfinite
    lower upper trim ltrim rtrim length len strlen left right substr substring contains starts_with ends_with
    prefix suffix instr strpos position reverse concat regexp_matches regexp_full_match regexp_extract
    like_escape not_like_escape ilike_escape not_ilike_escape nullif if
    year quarter month week day hour minute second dayofweek weekday date_part datepart date_trunc
    strptime try_strptime strftime to_years to_months to_weeks to_days to_hours to_minutes to_seconds
"""
FUNCTIONS = frozenset(_NAMES.split())
"""What a condition may call: each gives from the cells of one row a value that is hardly larger than they are."""


def query(condition: str) -> str:
    """The statement that works a condition out for each row of `ROWS`, in their order."""
    return f"{_BEFORE}{condition}{_AFTER}"


def columns_named(connection: DuckDBPyConnection, condition: str) -> list[str]:
    """The columns that a condition names, as it spells them.

    It is understood by the engine's own parser, and everything in it must be permitted by name: what is not known here
    is refused. Raises InputError unless it is a single condition of permitted parts.
    """
    if len(condition) > LONGEST:
        raise InputError(f"The filter has {len(condition):,} characters; it may have {LONGEST:,}.")
    if not condition.strip():
        raise InputError(f"The filter is empty; it should be a condition, such as {EXAMPLE}.")
    statement, bare = _parsed(connection, condition), _parsed(connection, "true")
    expressions = statement.pop("select_list")
    bare.pop("select_list")
    if len(expressions) != 1 or _without_places(statement) != _without_places(bare):
        raise InputError(f"The filter must be a single condition, such as {EXAMPLE}.")
    parts = list(_parts(expressions[0]))
    for part in parts:
        _check(part)
    return [part["column_names"][0] for part in parts if part["class"] == "COLUMN_REF"]


def _parsed(connection: DuckDBPyConnection, condition: str) -> dict[str, Any]:
    """The statement that a condition makes, as the engine's own parser understands it."""
    import duckdb

    try:
        answer = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [query(condition)]).fetchall()[0][0]
        found = json.loads(answer)
    except (duckdb.Error, RecursionError, UnicodeError) as error:
        raise InputError("The filter cannot be understood: it is nested too deeply, or is no text.") from error
    if not found["error"]:
        # By itself too: within the parentheses of the whole statement it might close them.
        alone = connection.execute("SELECT json_serialize_sql(?::VARCHAR)", [f"SELECT {condition}"]).fetchall()[0][0]
        if json.loads(alone)["error"]:
            raise InputError(f"The filter must be a single condition, such as {EXAMPLE}.")
    if found["error"]:
        raise InputError(_not_understood(condition, found))
    if len(found["statements"]) != 1:
        raise InputError(f"The filter must be a single condition, such as {EXAMPLE}.")
    return dict(found["statements"][0]["node"])


def _not_understood(condition: str, found: dict[str, Any]) -> str:
    """Where the parser stopped, in words."""
    if "unterminated" in found["error_message"]:
        return f"In the filter “{shown(condition.strip())}” a quotation or a comment is not closed."
    if found.get("position") is None:
        return f"The filter must be a single condition, such as {EXAMPLE}."
    before = query(condition).encode("utf-8")[: int(found["position"])].decode("utf-8", "ignore")
    place = len(before) - len(_BEFORE)
    if place >= len(condition):
        whole = shown(condition.strip())
        return f"The filter “{whole}” is not complete, or its parentheses do not match; one is, for example, {EXAMPLE}."
    return (
        f"The filter cannot be understood from character {place + 1} on, “{shown(condition[place:])}”; "
        f"one is, for example, {EXAMPLE}."
    )


def _without_places(node: Any) -> Any:
    """A parsed statement but for where in the text its parts stand."""
    if isinstance(node, dict):
        return {key: _without_places(of) for key, of in node.items() if not key.startswith("query_location")}
    return [_without_places(of) for of in node] if isinstance(node, list) else node


def _parts(node: Any) -> Iterator[dict[str, Any]]:
    """Everything in a parsed expression that has a class, however deep, the outer before the inner."""
    if isinstance(node, dict):
        if "class" in node:
            yield node
        for of in node.values():
            yield from _parts(of)
    elif isinstance(node, list):
        for of in node:
            yield from _parts(of)


def _check(part: dict[str, Any]) -> None:
    """Raises InputError where a part of an expression is none that a condition may have."""
    kind = part["class"]
    if kind == "SUBQUERY":
        raise InputError("The filter may not ask a question within the question (SELECT): it is about one row alone.")
    if kind == "WINDOW":
        raise InputError("The filter may not look at other rows (OVER): it is about one row alone.")
    if kind not in _CLASSES and not (kind == "OPERATOR" and part["type"] in _OPERATORS.split()):
        raise InputError("The filter has a part that no filter may have; it may compare columns, numbers and texts.")
    if kind == "COLUMN_REF" and len(part["column_names"]) != 1:
        name = shown(".".join(part["column_names"]))
        raise InputError(f"“{name}” in the filter is no column; a name with a point in it stands in double quotes.")
    if kind == "FUNCTION":
        _check_function(part)
    if kind == "TYPE" and (not _is_bare(part, "type_name") or part["type_name"].upper() not in _TYPES.split()):
        raise InputError(f"The filter cannot make anything a {shown(part['type_name'])}; try DOUBLE or VARCHAR.")


def _check_function(part: dict[str, Any]) -> None:
    name = part["function_name"]
    is_known = name.lower() in FUNCTIONS or name in _SIGNS.split()
    is_plain = not (part["filter"] or part["distinct"] or part["export_state"] or part["order_bys"]["orders"])
    if is_known and is_plain and _is_bare(part, "function_name") and not any(of["name"] for of in part["arguments"]):
        return
    if is_known:
        raise InputError(f"The filter may call {name} with values alone, and by no longer name.")
    near = get_close_matches(name.lower(), FUNCTIONS, 3, 0.75)
    hint = f"perhaps {' or '.join(near)} is meant" if near else "abs, log10, lower, length and contains are some"
    raise InputError(f"The filter uses {shown(name)}, which is no function that it may call; {hint}.")


def _is_bare(part: dict[str, Any], key: str) -> bool:
    """Whether a name is no more than that: neither of a schema nor of a catalog."""
    return not part["schema"] and not part["catalog"] and part["qualified_name"]["path"] == [part[key]]
