"""The figures of ``rate analyse`` as lines of text."""

from __future__ import annotations

from typing import Any

MOST = 50  # rows of pictures; the JSON has all


def lines_of(result: dict[str, Any]) -> list[str]:
    """The figures a reader asks for first, as lines of text."""
    lines: list[str] = []
    if "counts" in result:
        counts = result["counts"]
        lines.append(
            f"{counts['votes']} votes of {counts['raters']} raters on {counts['items']} pictures "
            f"of {counts['systems']} systems"
        )
    if result.get("systems"):
        lines += ["", *_systems([{**row, "value": row["mos"]} for row in result["systems"]], "votes", "mos")]
    elif result.get("items"):
        lines += ["", *_items(result["items"])]
    if "agreement" in result:
        lines += ["", *_agreement(result)]
    if result.get("pairs"):
        lines += ["", *_pairs(result)]
    if result.get("choices"):
        lines += ["", *_choices(result)]
    if result.get("needed"):
        lines += ["", *_needed(result["needed"])]
    for kind in ("excluded", "pairs_excluded", "choices_excluded"):
        lines += [f"left out: {row['rater']} ({_why(row)})" for row in result.get(kind, [])]
    return [*lines, *([""] if result["notes"] else []), *(f"note: {note}" for note in result["notes"])]


def _systems(rows: list[dict[str, Any]], counted: str, measure: str) -> list[str]:
    head = f"{'rank':>4}  {'system':24} {counted:>11} {measure:>10}  {'interval':15} group"
    return [head] + [
        f"{row['rank']:>4}  {row['system']:24} {row['n']:>11} {_number(row['value']):>10}  {_interval(row):15} "
        f"{row['tied_group']}"
        for row in rows
    ]


def _items(rows: list[dict[str, Any]]) -> list[str]:
    lines = [f"{'item':30} {'votes':>6} {'mos':>6}  interval"]
    lines += [f"{row['item']:30} {row['n']:>6} {_number(row['mos']):>6}  {_interval(row)}" for row in rows[:MOST]]
    return lines + _rest(rows)


def _pairs(result: dict[str, Any]) -> list[str]:
    rows = result["pairs"]
    lines = [f"{'item':24} {'n':>6} {'wins':>6} {'ties':>6} {'strength':>9}  {'interval':15} jod"]
    lines += [
        f"{row['item']:24} {row['n']:>6} {row['wins']:>6} {row['ties']:>6} {_number(row['strength']):>9}  "
        f"{_interval(row):15} {_number(row['jod'])}"
        for row in rows[:MOST]
    ]
    lines += _rest(rows)
    for name, raters in result["pairs_rejected"].items():
        said = "likelihood of their choices" if name == "likelihood" else name
        lines.append(f"rejected by {said}: {', '.join(raters) or 'nobody'}")
    if result["pairs_systems"]:
        lines += ["", *_systems(result["pairs_systems"], "comparisons", result["pairs_options"]["measure"])]
    return lines


def _choices(result: dict[str, Any]) -> list[str]:
    lines = [f"{'system':24} {'trials':>6} {'timed':>7} {'untimed':>8} {'difference':>10}  interval"]
    lines += [
        f"{row['system'] or 'all':24} {row['n_timed'] + row['n_untimed']:>6} {_number(row['timed_error']):>7} "
        f"{_number(row['untimed_error']):>8} {_number(row['difference']):>10}  {_interval(row)}"
        for row in result["choices"]
    ]
    for name, raters in result["choices_rejected"].items():
        lines.append(f"rejected by {name}: {', '.join(raters) or 'nobody'}")
    if result["choices_systems"]:
        lines += ["", *_systems(result["choices_systems"], "trials", "fooled")]
    return lines


def _rest(rows: list[Any]) -> list[str]:
    return [f"... and {len(rows) - MOST} more (--json has all)"] if len(rows) > MOST else []


def _why(row: dict[str, Any]) -> str:
    if "gold_asked" in row:
        return f"met {row['gold_right']} of {row['gold_asked']} known answers"
    return f"{row['rule']}: {_number(row['statistic'])}"


def _agreement(result: dict[str, Any]) -> list[str]:
    agreement, icc = result["agreement"], result["agreement"]["icc"] or {}
    lines = [f"Krippendorff's alpha {_number(agreement['alpha'])}, SOS parameter a {_number(result['sos_a'])}"]
    if icc:
        lines.append(", ".join(f"{form} {_number(one['icc'])}" for form, one in icc.items()))
    for method, names in result["rejected"].items():
        listed = ", ".join(names[:10]) + (f" and {len(names) - 10} more" if len(names) > 10 else "")
        lines.append(f"rejected by {method}: {listed or 'nobody'}")
    return lines


def _needed(needed: dict[str, Any]) -> list[str]:
    lines = [f"{'votes per picture':>17} {'rank correlation':>17} {'with the rest':>14} {'systems':>11} {'width':>7}"]
    lines += [
        f"{point['votes_per_item']:>17} {_number(point['rank_correlation']):>17} "
        f"{_number(point['rank_correlation_rest']):>14} {_number(point['system_rank_correlation']):>11} "
        f"{_number(point['interval_width']):>7}"
        for point in needed["learning_curve"]
    ]
    enough = needed["votes_for_reliability_090"]
    lines.append(f"votes per picture for a reliability of 0.9: {'-' if enough is None else enough}")
    return lines + [f"{part['what']}: {part['said']}" for part in (*needed["without_votes"], *needed["without_field"])]


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:.3f}"


def _interval(row: dict[str, Any]) -> str:
    return "-" if row["ci_low"] is None else f"{row['ci_low']:.3f} {row['ci_high']:.3f}"
