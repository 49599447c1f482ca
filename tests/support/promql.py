"""Evaluates the PromQL that the shipped alarms use, on parsed expressions: instant vectors at one moment.

Source of the meaning: https://prometheus.io/docs/prometheus/latest/querying/operators/ and …/functions/.
"""

from __future__ import annotations

import operator
from collections.abc import Mapping
from typing import Any

import promql_parser as parser

Labels = frozenset[tuple[str, str]]
Vector = dict[Labels, float]

_SCALARS = {"+": operator.add, "-": operator.sub, "*": operator.mul, "/": operator.truediv}
_COMPARISONS = {">": operator.gt, "<": operator.lt, ">=": operator.ge, "<=": operator.le}


def samples(text: str) -> Vector:
    """Return the samples of an exposition, the name of the metric among the labels."""
    found: Vector = {}
    for line in text.splitlines():
        if line and not line.startswith("#"):
            series, _, value = line.rpartition(" ")
            selector = parser.parse(series)
            pairs = [(m.name, m.value) for m in selector.matchers.matchers]
            found[frozenset([*pairs, ("__name__", selector.name)])] = float(value)
    return found


def evaluate(expression: str, known: Vector, now: float) -> Vector:
    """Return the series for which an alarm would ring."""
    found = _value(parser.parse(expression), known, now)
    assert isinstance(found, dict), "an alarm's expression is a vector"
    return found


def _value(node: Any, known: Vector, now: float) -> Vector | float:
    match node:
        case parser.NumberLiteral():
            return float(node.val)
        case parser.ParenExpr():
            return _value(node.expr, known, now)
        case parser.VectorSelector():
            return _selected(node, known)
        case parser.Call() if node.func.name == "time":
            return now
        case parser.Call() if node.func.name == "absent":
            argument = _value(node.args[0], known, now)
            return {} if argument else {frozenset(): 1.0}
        case parser.AggregateExpr():
            return _aggregated(node, _value(node.expr, known, now))
        case parser.BinaryExpr():
            return _binary(str(node.op), _value(node.lhs, known, now), _value(node.rhs, known, now))
    raise NotImplementedError(str(node))


def _selected(node: Any, known: Vector) -> Vector:
    def fits(labels: Mapping[str, str]) -> bool:
        assert all(m.op in (parser.MatchOp.Equal, parser.MatchOp.NotEqual) for m in node.matchers.matchers)
        return all(
            (labels.get(m.name, "") == m.value) is (m.op == parser.MatchOp.Equal) for m in node.matchers.matchers
        )

    chosen = {key: value for key, value in known.items() if dict(key)["__name__"] == node.name}
    return {key: value for key, value in chosen.items() if fits(dict(key))}


def _aggregated(node: Any, vector: Vector | float) -> Vector:
    assert isinstance(vector, dict)
    by = set(node.modifier.labels) if node.modifier else set()
    groups: dict[Labels, list[float]] = {}
    for key, value in vector.items():
        groups.setdefault(frozenset(pair for pair in key if pair[0] in by), []).append(value)
    reduce = {"sum": sum, "max": max, "min": min}[str(node.op)]
    return {key: float(reduce(values)) for key, values in groups.items()}


def _binary(op: str, left: Vector | float, right: Vector | float) -> Vector | float:
    if op == "or":
        assert isinstance(left, dict)
        assert isinstance(right, dict)
        return {**right, **left}
    if op in _COMPARISONS:
        assert isinstance(left, dict)
        assert isinstance(right, float)
        return {key: value for key, value in left.items() if _COMPARISONS[op](value, right)}
    compute = _SCALARS[op]
    if isinstance(left, dict):
        assert isinstance(right, float)
        return {key: compute(value, right) for key, value in left.items()}
    if isinstance(right, dict):
        return {key: compute(left, value) for key, value in right.items()}
    return float(compute(left, right))
