"""Words: what papers say is listed, and a bureau can say it in its own words."""

from __future__ import annotations

import io

from briefgen.bureaus.messages import messages_of
from tests.conftest import ROOT

CODE = {"say": None, "counted": (2, 3), "phrase": None}


def every_message() -> bytes:
    """The messages of code and base templates, as a .pot file without dates or line numbers."""
    from babel.messages.catalog import Catalog
    from babel.messages.extract import extract
    from babel.messages.pofile import write_po

    catalogue = Catalog(charset="utf-8", fuzzy=False)
    for path in sorted((ROOT / "briefgen").rglob("*.py")):
        name = path.relative_to(ROOT).as_posix()
        with path.open("rb") as file:
            for _, found, _, _ in extract("python", file, keywords=CODE, options={}):
                forms = tuple(f for f in (found if isinstance(found, tuple) else [found]) if f)
                if forms:
                    catalogue.add(forms[0] if len(forms) == 1 else forms, locations=[(name, 0)])
    for path in sorted((ROOT / "templates/base").glob("*.j2")):
        for forms in messages_of(path.read_text("utf-8")):
            name = path.relative_to(ROOT).as_posix()
            catalogue.add(forms[0] if len(forms) == 1 else forms, locations=[(name, 0)])
    made = io.BytesIO()
    write_po(made, catalogue, omit_header=True, sort_output=True, include_lineno=False, width=96)
    return made.getvalue()


def test_the_list_of_messages_is_that_of_code_and_templates(renew: bool) -> None:
    path = ROOT / "templates/base/words.pot"
    if renew:
        path.write_bytes(every_message())
    assert path.read_bytes() == every_message()
