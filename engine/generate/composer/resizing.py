"""Edits of the form: sections and whole pieces made shorter or longer, of bars that they have."""

from dataclasses import replace

from engine.generate.composer.edit import Edit
from engine.generate.composer.sampling import Sampling
from engine.generate.composer.score import Section
from engine.generate.composer.sheet import Impossible, Made, Sheet
from engine.generate.composer.theory import QUARTER

LONGEST_S, SHORTEST_S = 600.0, 1.0
_NEW_INTRO_BARS = 4
Order = list[tuple[Section, list[int]]]
"""Sections with the numbers of the bars that they are made of."""


def _order(sheet: Sheet) -> Order:
    starts = sheet.first_bars()
    return [(s, list(range(starts[i], starts[i] + s.bars))) for i, s in enumerate(sheet.plan.form)]


def section(sheet: Sheet, edit: Edit, sampling: Sampling) -> Made:
    name = edit.names[0]
    order = _order(sheet)
    there = [i for i, (section, _) in enumerate(order) if section.name == name]
    if edit.how == "add":
        return _with_section(sheet, name, order, there), {"how": "add", "names": [name]}
    if not there:
        raise Impossible("no_section", name)
    if edit.how == "without":
        order = _left_out(sheet, order, there, name)
    else:
        change = _shortened if edit.how == "shorter" else _lengthened
        order = [
            (section, change(bars, section.name, last=i == len(order) - 1) if i in there else bars)
            for i, (section, bars) in enumerate(order)
        ]
        if all(len(bars) == section.bars for section, bars in order):
            raise Impossible("too_short")
    new = sheet.of_bars(order)
    bars = {"from": sheet.bars, "to": new.bars}
    return new, {"how": edit.how, "names": [name], "bars": bars}


def _left_out(sheet: Sheet, order: Order, there: list[int], name: str) -> Order:
    """Without some sections. The bar that closes the piece stays, at the end of what is the last section then."""
    kept = [entry for i, entry in enumerate(order) if i not in there]
    if not kept:
        raise Impossible("nothing_left_section", name)
    if len(order) - 1 in there and not sheet.plan.loop:
        section, bars = kept[-1]
        kept[-1] = section, [*bars[:-1], sheet.bars - 1]
    return kept


def _shortened(bars: list[int], name: str, *, last: bool) -> list[int]:
    """Half of a section: of an intro what leads on, of the last one its close, else how it begins."""
    count = max(1, len(bars) // 2)
    if name == "intro":
        return bars[-count:]
    return [*bars[: count - 1], bars[-1]] if last else bars[:count]


def _lengthened(bars: list[int], name: str, *, last: bool) -> list[int]:
    if not last:
        return bars + bars
    return [*bars[:-1], bars[-2] if len(bars) > 1 else bars[-1], *bars]


def _with_section(sheet: Sheet, name: str, order: Order, there: list[int]) -> Sheet:
    """One more section: a new intro is how the piece begins without tune and drums, others are what there is again."""
    if name == "intro" and not there and order:
        bars = order[0][1][:_NEW_INTRO_BARS]
        intro = Section("intro", order[0][0].letter, len(bars), 0.35)
        quiet = frozenset(("melody", "counter", "drums"))
        players = [p for p in sheet.score.parts if p.role not in quiet]
        heard = any(sheet.window(p, bars[0], len(bars)) for p in players)
        return sheet.of_bars([(intro, bars), *order], quiet if heard else frozenset())
    if not there:
        raise Impossible("no_section", name)
    number = there[-1]
    section, bars = order[number]
    again = [*bars[:-1], bars[-2] if len(bars) > 1 else bars[-1]] if number == len(order) - 1 else bars
    return sheet.of_bars([*order[:number], (section, again), *order[number:]])


def length(sheet: Sheet, edit: Edit, sampling: Sampling) -> Made:
    old = sheet.duration_s
    wanted = edit.value if edit.how == "set" else old * edit.value
    seconds = min(LONGEST_S, max(SHORTEST_S, wanted))
    new = of_length(sheet, seconds) if edit.how == "set" else _of_bars(sheet, _phrases(sheet, edit.value))
    if abs(new.duration_s - old) < 0.005:
        raise Impossible("same" if edit.how == "set" else "too_short")
    return new, {"from": round(old, 1), "to": round(new.duration_s, 1)}


def _phrases(sheet: Sheet, scale: float) -> int:
    """So many bars as the scale says, in whole phrases where there are any."""
    exact = sheet.bars * scale
    unit = 4 if exact >= 6 and sheet.bars >= 6 else 1
    count = max(1, unit * round(exact / unit))
    if count == sheet.bars:
        count += unit if scale > 1 else -unit
    return max(1, count)


def of_length(sheet: Sheet, seconds: float) -> Sheet:
    """Exactly so long: whole bars, and the last chord rings for what is left; a loop's tempo is bent for it."""
    bar, plan = sheet.plan.metre.bar_ticks, sheet.plan
    bar_s = bar * plan.quarter_us / (QUARTER * 1_000_000)
    if plan.loop:
        sized = _of_bars(sheet, max(1, round(seconds / bar_s)))
        quarter_us = int(seconds * 1_000_000 * QUARTER / (sized.bars * bar))
        return replace(sized.with_tempo(quarter_us), duration_s=seconds)
    tail_s = min(4.0, max(0.7, 0.1 * seconds)) if seconds > 2 else 0.45 * seconds
    sized = _of_bars(sheet, int((seconds - tail_s) / bar_s + 1e-9))
    end = int(seconds * 1_000_000 * QUARTER / plan.quarter_us)
    return replace(sized.with_end(max(end, sized.plan.ending + 1)), duration_s=seconds)


def _of_bars(sheet: Sheet, count: int) -> Sheet:
    """Longer by what stands between intro and outro again, shorter by what comes before the outro."""
    order = _order(sheet)
    if count == sheet.bars or not order:
        return sheet
    closing = order[-1][1] if order[-1][0].name == "outro" and len(order) > 1 else order[-1][1][-1:]
    closing = closing[-max(1, min(len(closing), count)) :]
    flat = [(section, bar) for section, bars in order for bar in bars]
    head, tail = flat[: -len(closing)], flat[-len(closing) :]
    wanted = count - len(tail)
    if count <= 0:
        return sheet.of_bars([])
    if wanted > len(head):
        body = [entry for entry in head if entry[0].name != "intro"] or head or tail
        more = [body[i % len(body)] for i in range(wanted - len(head))]
        head = [*head, *more]
    return sheet.of_bars(_grouped([*head[:wanted], *tail]))


def _grouped(flat: list[tuple[Section, int]]) -> Order:
    """Bars back in their sections: one goes on while its bars follow each other."""
    order: Order = []
    for section, bar in flat:
        if order and order[-1][0] is section and (bar > order[-1][1][-1]):
            order[-1][1].append(bar)
        else:
            order.append((section, [bar]))
    return order
