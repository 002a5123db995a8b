"""What the buttons and keys of the line rows do to a posted form: add, remove, move, duplicate, paste.

Each works on the posted data alone, so that it is the same with and without JavaScript.
"""

from django.http import QueryDict

from invoices.forms.lines import MOST_LINES, add_rows, next_key, row_keys
from qbo import formats

#: The buttons that redraw the form and save nothing.
ACTS = ("add", "remove", "copy", "up", "down")
FIELDS = ("item", "description", "quantity", "rate", "taxable", "filled_from")
#: What the heads of a spreadsheet's columns are called.
HEADS = {
    "item": "item", "product": "item", "service": "item", "product/service": "item", "name": "item",
    "description": "description", "memo": "description", "details": "description",
    "quantity": "quantity", "qty": "quantity", "hours": "quantity", "units": "quantity",
    "rate": "rate", "price": "rate", "unit price": "rate",
    "amount": "", "total": "",
}  # fmt: skip

Row = dict[str, str]


def is_redraw(data: QueryDict) -> bool:
    return any(name in data for name in ACTS)


def obey(posted: QueryDict) -> tuple[QueryDict, str]:
    """A copy of what was posted after the pressed button, and the key of the row to go on in; "" for none."""
    data = posted.copy()
    if "remove" in data:
        data.setlist("row", [key for key in row_keys(data) if key != data["remove"]])
    elif "copy" in data:
        return data, _duplicate(data, data.get("copy", ""))
    elif "up" in data or "down" in data:
        key = data.get("up") or data.get("down", "")
        _move(data, key, -1 if "up" in data else 1)
        return data, key
    elif data.get("add") == "paste":
        return data, _insert(data, parse(data.get("paste", "")), data.get("at", ""))
    elif "add" in data:
        add_rows(data)
    return data, ""


def _duplicate(data: QueryDict, key: str) -> str:
    keys = row_keys(data)
    if key not in keys:
        return ""
    new = next_key(data)
    for name in FIELDS:
        if f"line-{key}-{name}" in data:
            data[f"line-{new}-{name}"] = data.get(f"line-{key}-{name}", "")
    keys.insert(keys.index(key) + 1, new)
    data.setlist("row", keys)
    return new


def _move(data: QueryDict, key: str, step: int) -> None:
    keys = row_keys(data)
    if key in keys and 0 <= (place := keys.index(key)) + step < len(keys):
        keys.insert(place + step, keys.pop(place))
        data.setlist("row", keys)


def _insert(data: QueryDict, rows: list[Row], at: str) -> str:
    """Put rows after the one with key `at`, or after the last one that is filled; blank ones give way."""
    keys = [key for key in row_keys(data) if key == at or _is_filled(data, key)]
    place = keys.index(at) + _is_filled(data, at) if at in keys else len(keys)
    new = ""
    after = [key for key in keys[place:] if key != at or _is_filled(data, key)]
    inserted = []
    for row in rows[: MOST_LINES - len(keys)]:
        new = next_key(data)
        data.appendlist("row", new)  # so that the next key is another one
        inserted.append(new)
        for name, text in row.items():
            data[f"line-{new}-{name}"] = text
    data.setlist("row", [*keys[:place], *inserted, *after])
    return new


def _is_filled(data: QueryDict, key: str) -> bool:
    return any(
        data.get(f"line-{key}-{name}", "").strip() for name in ("item", "description", "quantity", "rate")
    )


# ── Pasted rows ─────────────────────────────────────────────────────────────────────────────────


def parse(text: str) -> list[Row]:
    """Rows of a spreadsheet as line fields. With a row of heads they say which column is what; without one the first
    text is the item, further ones the description, and the figures are quantity, rate and an amount that we work out
    ourselves."""
    lines = [
        [cell.strip().strip('"') for cell in line.split("\t")] for line in text.splitlines() if line.strip()
    ]
    if not lines:
        return []
    heads = [HEADS.get(cell.casefold()) for cell in lines[0]]
    if "item" in heads:
        return [_by_heads(heads, cells) for cells in lines[1:]]
    return [_by_shape(cells) for cells in lines]


def _by_heads(heads: list[str | None], cells: list[str]) -> Row:
    named = zip(heads, cells, strict=False)
    return {name: cell for name, cell in named if name and cell}


def _by_shape(cells: list[str]) -> Row:
    texts = [cell for cell in cells if cell and not _is_figure(cell)]
    figures = [cell for cell in cells if cell and _is_figure(cell)]
    row = {"item": texts[0] if texts else "", "description": " ".join(texts[1:])}
    return {
        name: text
        for name, text in (row | dict(zip(("quantity", "rate"), figures, strict=False))).items()
        if text
    }


def _is_figure(cell: str) -> bool:
    try:
        formats.read_money(cell)
    except ValueError:
        return False
    return True
