"""Columns of whole items, laid out once: a faster way for WeasyPrint's columns, with its results.

In: WeasyPrint, loaded. Out: its layout of columns, replaced for lists such as notes and sources.

WeasyPrint finds the height at which columns balance by laying all of them out again and again, each
time a little higher: a quarter of the time of a brief. Where no item may break, that height follows
from the heights of the items: one layout in a single tall column measures them, arithmetic finds
the height, and the items move to their columns. Whatever is not such a list is left to WeasyPrint,
and so is every list of a version of it that this was not written for.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

VERSIONS = ("70.0",)  # of WeasyPrint, whose layout of columns was read and compared
_EXACT = 1 + 1e-9  # as WeasyPrint compares a height with the room


@dataclass(frozen=True, slots=True)
class Item:
    """An item of a list in a single column; pixels from the top of the page, of its border box."""

    top: float
    bottom: float
    margin: float  # below it: a column must have room for it


def install() -> bool:
    """Lay out columns of whole items in this way from now on; False for another WeasyPrint."""
    import weasyprint
    from weasyprint.layout import block

    if weasyprint.__version__ not in VERSIONS:
        return False
    if not hasattr(block.columns_layout, "wrapped"):
        block.columns_layout = _wrapping(block.columns_layout)
    return True


def _wrapping(layout: Callable[..., Any]) -> Callable[..., Any]:
    def columns_layout(context: Any, box: Any, *given: Any) -> Any:
        found = _laid(context, box, *given) if _of_whole_items(context, box) else None
        return layout(context, box, *given) if found is None else found

    columns_layout.wrapped = layout  # type: ignore[attr-defined]
    return columns_layout


def shared(
    items: Sequence[Item], count: int, room: float, *, more: bool = False
) -> list[int] | None:
    """Where each column begins after the first and where the last ends, as indices of `items`.

    The columns are as low as they can be when all items go into `count` of them within `room`
    pixels; else each is filled, and the last index says what is left for the next page. `more` says
    that the list goes on behind these items. None when an item is higher than the room.
    """
    if any(_height(items, n, n) > room * _EXACT for n in range(len(items))):
        return None
    if more:
        return _filled(items, count, room)[0]
    height = min(room, _height(items, 0, len(items) - 1) / count)
    while True:
        ends, wanted = _filled(items, count, height)
        if ends[-1] == len(items) or height >= room:
            return ends
        height = min(room, wanted)


def _filled(items: Sequence[Item], count: int, height: float) -> tuple[list[int], float]:
    """The ends of columns of a height, and the next height at which one of them holds more."""
    ends: list[int] = []
    first, wanted = 0, inf
    for _ in range(count):
        end = first
        while end < len(items) and _height(items, first, end) <= height * _EXACT:
            end += 1
        if end < len(items):
            wanted = min(wanted, _height(items, first, end))
        ends.append(end)
        first = end
        if end == len(items):
            break
    return ends, wanted


def _height(items: Sequence[Item], first: int, last: int) -> float:
    """What a column of these items measures, both inclusive, with the margin below the last."""
    return items[last].bottom + items[last].margin - items[first].top


def _of_whole_items(context: Any, box: Any) -> bool:
    """Whether a box is a plain list in columns, none of whose items may break."""
    style = box.style
    plain = (
        isinstance(style["column_count"], int)
        and style["column_width"] == style["height"] == "auto"
        and style["column_fill"] == "balance"
        and style["position"] == "static"
        and box.min_height in ("auto", 0)
    )
    if not plain or context.current_footnote_area.height != "auto":
        return False  # notes at the foot of a page take room while the list is laid out
    known: bool | None = getattr(box, "of_whole_items", None)  # looked at once, not on each page
    if known is None:
        known = bool(box.children) and all(_whole(child) for child in box.children)
        box.of_whole_items = known
    return known


def _whole(child: Any) -> bool:
    style = child.style
    breaks = {style["break_before"], style["break_after"]}
    return bool(
        child.is_in_normal_flow()
        and style["break_inside"] == "avoid"
        and breaks <= {"auto"}
        and style["column_span"] != "all"
        and getattr(style["margin_top"], "value", 1) == 0
        and not any(b.is_floated() or b.footnote or b.note for b in child.descendants())
    )


def _laid(
    context: Any,
    box: Any,
    bottom_space: float,
    skip_stack: dict[int, Any] | None,
    containing_block: Any,
    page_is_empty: bool,
    absolute_boxes: list[Any],
    fixed_boxes: list[Any],
    adjoining_margins: list[float],
    first_letter_style: Any,
    first_line_style: Any,
) -> Any:
    """The list in columns, as `columns_layout` answers; None to leave it to WeasyPrint."""
    from weasyprint.layout import block, column

    (first, within), *_ = (skip_stack or {0: None}).items()
    if within is not None:
        return None
    margins = list(adjoining_margins)
    box = box.copy_with_children(box.children)
    box.position_y += block.collapse_margin(margins)
    block.block_level_width(box, containing_block)
    count = box.style["column_count"]
    gap, width = _gap_and_width(box, count)
    top = box.content_box_y()
    children = [child.copy() for child in box.children[first:]]
    tall = column._create_column_box(box, containing_block, children, width, top)
    context.in_column = True
    absolute: list[Any] = []
    room = context.page_bottom - bottom_space - top
    enough = bottom_space - room * count  # one column more than there are: all that can be set
    made, resume, next_page, *_ = block.block_box_layout(
        context, tall, enough, None, containing_block, True, absolute, fixed_boxes, None,
        first_letter_style, first_line_style, discard=False, max_lines=None,
    )  # fmt: skip
    context.in_column = False
    ends, more = None, resume is not None
    if made is not None and (more or len(made.children) == len(children)):
        ends = shared(_items(made), count, room, more=more)
    if ends is None or ends[-1] == 0:
        block.remove_placeholders(context, [made] if made else children, absolute, fixed_boxes)
        return None
    left = made.children[ends[-1] :]
    block.remove_placeholders(context, left, absolute, fixed_boxes)
    absolute_boxes.extend(absolute)
    box.children = _columns(box, made, ends, width + gap, whole=not more)
    box.height = max(child.height for child in box.children)
    if left or more:
        return box, {first + ends[-1]: None}, {"break": "any", "page": None}, [], False
    return box, None, next_page, [], False


def _gap_and_width(box: Any, count: int) -> tuple[float, float]:
    """Between columns, and of a column, in pixels."""
    from weasyprint.layout.percent import percentage

    style = box.style
    gap = style["column_gap"]
    gap = style["font_size"] if gap == "normal" else percentage(gap, style, box.width)
    return gap, max(0, box.width - (count - 1) * gap) / count


def _items(made: Any) -> list[Item]:
    return [
        Item(
            child.border_box_y(), child.border_box_y() + child.border_height(), child.margin_bottom
        )
        for child in made.children
    ]


def _columns(box: Any, made: Any, ends: Sequence[int], step: float, *, whole: bool) -> list[Any]:
    """The columns: the items of the tall one, moved to the top of their own; of the `whole` list
    the last keeps the margin below it, which a break drops."""
    columns: list[Any] = []
    begin, top = 0, made.children[0].border_box_y()
    for number, end in enumerate(ends):
        children = made.children[begin:end]
        if not children:
            break
        last = children[-1]
        height = last.border_box_y() + last.border_height() - children[0].border_box_y()
        height += last.margin_bottom if end == len(made.children) and whole else 0
        across = number * step
        if box.style["direction"] == "rtl":
            across = box.width - made.width - across
        up = top - children[0].border_box_y()
        for child in children:
            child.translate(across, up)
        new = made.copy_with_children(children)
        new.position_x += across
        new.height = height
        columns.append(new)
        begin = end
    highest = max(column.height for column in columns)
    for new in columns:
        new.height = highest
    return columns
