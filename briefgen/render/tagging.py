"""The tag tree and the metadata of a PDF, as PDF/UA and PDF/A ask for them.

In: a document that WeasyPrint has laid out, and the PDF that it is about to write. Out: the same
PDF with its tags mended and both standards declared. WeasyPrint tags by the names of elements; here
stands what it does not tell: the language of foreign parts, notes and what refers to them, the
scope of headings in tables, terms beside what is said of them, and that running headers and footers
are no part of the text.

Rules: ISO 14289-1 (PDF/UA-1), clauses 7.1 to 7.9 and 7.18; ISO 32000-1, 14.8; ISO 19005-2, 6.3, 6.6
and 6.7. The tree is mended before it is written, so nothing is read and written twice.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Iterable, Iterator
from hashlib import md5
from typing import Any
from xml.sax.saxutils import escape

_SCOPES = {"col": "/Column", "row": "/Row", "colgroup": "/Column", "rowgroup": "/Row"}
_ROOM = 0.8  # above and below the middle of a note's number, as a part of its size
_CONTENTS = {"/L": "/TOC", "/LI": "/TOCI", "/LBody": "/NonStruct"}
_INLINE = frozenset(("strong", "em", "cite", "mark", "abbr", "time", "sub", "sup"))
_PAGINATION = b"<</Type /Pagination>>"
MARKING_SPACE = "urn:briefgen:marking:1"

_UA = (
    '<rdf:Description rdf:about="" xmlns:pdfuaid="http://www.aiim.org/pdfua/ns/id/"'
    ' pdfuaid:part="1"/>'
)
_MARKING = (
    f'<rdf:Description rdf:about="" xmlns:briefgen="{MARKING_SPACE}">'
    "<briefgen:Marking>{marking}</briefgen:Marking></rdf:Description>"
)
# PDF/A wants every property described that the XMP specification does not know.
_EXTENSIONS = (
    '<rdf:Description rdf:about=""'
    ' xmlns:pdfaExtension="http://www.aiim.org/pdfa/ns/extension/"'
    ' xmlns:pdfaSchema="http://www.aiim.org/pdfa/ns/schema#"'
    ' xmlns:pdfaProperty="http://www.aiim.org/pdfa/ns/property#">'
    "<pdfaExtension:schemas><rdf:Bag>{schemas}</rdf:Bag></pdfaExtension:schemas></rdf:Description>"
)
_SCHEMA = (
    '<rdf:li rdf:parseType="Resource"><pdfaSchema:schema>{name}</pdfaSchema:schema>'
    "<pdfaSchema:namespaceURI>{space}</pdfaSchema:namespaceURI>"
    "<pdfaSchema:prefix>{prefix}</pdfaSchema:prefix><pdfaSchema:property><rdf:Seq>"
    '<rdf:li rdf:parseType="Resource"><pdfaProperty:name>{property}</pdfaProperty:name>'
    "<pdfaProperty:valueType>{type}</pdfaProperty:valueType>"
    "<pdfaProperty:category>{category}</pdfaProperty:category>"
    "<pdfaProperty:description>{meaning}</pdfaProperty:description></rdf:li>"
    "</rdf:Seq></pdfaSchema:property></rdf:li>"
)
_SCHEMAS = (
    {
        "name": "PDF/UA identification",
        "space": "http://www.aiim.org/pdfua/ns/id/",
        "prefix": "pdfuaid",
        "property": "part",
        "type": "Integer",
        "category": "internal",
        "meaning": "Part of ISO 14289 that the file follows",
    },
    {
        "name": "Marking of the document",
        "space": MARKING_SPACE,
        "prefix": "briefgen",
        "property": "Marking",
        "type": "Text",
        "category": "external",
        "meaning": "Marking as it stands at the head and foot of every page",
    },
)


def install() -> None:
    """Let WeasyPrint remember of each tag which element of the paper it was made for."""
    from weasyprint.pdf import tags

    if not hasattr(tags._build_box_tree, "wrapped"):
        tags._build_box_tree = _remembering(tags._build_box_tree)


def _remembering(build: Callable[..., Iterator[Any]]) -> Callable[..., Iterator[Any]]:
    def build_box_tree(box: Any, *given: Any) -> Iterator[Any]:
        for made in build(box, *given):
            if not hasattr(made, "origin") and box.element is not None:
                made.origin, made.tag_name = box.element, box.element_tag
                made.leads = box.is_leader  # dots before a page number: for the eye alone
            yield made

    build_box_tree.wrapped = build  # type: ignore[attr-defined]
    return build_box_tree


def clickable(document: Any) -> None:
    """Give each link one place to click: WeasyPrint makes one more of each element in it, and none
    that can be hit for the number of a note, whose line has no height."""
    for page in document.pages:
        own = (link for link in page.links if link[3].element_tag.partition(":")[0] == "a")
        page.links = [_to_hit(link) for link in own]


def _to_hit(link: tuple[Any, Any, Any, Any]) -> tuple[Any, Any, Any, Any]:
    kind, target, (left, top, right, bottom), box = link
    if bottom - top < 1:
        room = box.style["font_size"] * _ROOM
        left, top, right, bottom = left - room / 3, top - room, right + room / 3, bottom + room
    return kind, target, (left, top, right, bottom), box


def finish(document: Any, pdf: Any) -> None:
    """What WeasyPrint calls before it writes a PDF."""
    _Tree(pdf).mend(document)
    if "AF" in pdf.catalog:  # WeasyPrint 70 names each file twice
        pdf.catalog["AF"][:] = dict.fromkeys(pdf.catalog["AF"])
    for item in pdf.objects:
        extra = getattr(item, "extra", {})
        if extra.get("Subtype") == "/Image":
            extra["Interpolate"] = "false"  # ISO 19005-2, 6.2.8
        if getattr(item, "compress", False):
            _compress(item)


def _compress(stream: Any) -> None:
    """Compress a stream for good: pydyf does so each time that it is asked for its bytes, once for
    the file and once for the mark that PDF/A wants of it."""
    words = b"\n".join(_bytes_of(word) for word in stream.stream)
    packer = zlib.compressobj(level=9)
    stream.stream = [packer.compress(words) + packer.flush()]
    stream.extra["Filter"] = "/FlateDecode"
    stream.compress = False


def _bytes_of(word: Any) -> bytes:
    from pydyf import _to_bytes

    found: bytes = _to_bytes(word)
    return found


def declare(document: Any, marking: str) -> None:
    """Have the metadata say PDF/UA-1 beside PDF/A, and the marking."""
    made = document.metadata.generate_rdf_metadata

    def with_declared(*given: Any) -> bytes:
        told = _UA + (_MARKING.format(marking=escape(marking)) if marking else "")
        schemas = "".join(_SCHEMA.format(**schema) for schema in _SCHEMAS[: 2 if marking else 1])
        told += _EXTENSIONS.format(schemas=schemas)
        return bytes(made(*given).replace(b"</rdf:RDF>", told.encode() + b"</rdf:RDF>"))

    document.metadata.generate_rdf_metadata = with_declared


def _entry(item: Any, name: str) -> Any:
    """What a dictionary of a PDF says under a name; other objects say nothing."""
    return item.get(name) if isinstance(item, dict) else None


def _places(tag: Any, origin: Any, name: str) -> frozenset[str]:
    """What a tag is the place of, for all that is in it."""
    if tag["S"] == "/THead":
        return frozenset(("head",))
    if name == "nav" and "toc" in (origin.get("class") or "").split():
        return frozenset(("contents",))
    return frozenset()


class _Tree:
    """The tags of a PDF that is not yet written."""

    def __init__(self, pdf: Any) -> None:
        self._pdf = pdf
        self._paper = ""
        self._root = self._object(self._object(pdf.catalog["StructTreeRoot"])["K"][0])
        self._links = {
            item.reference: item for item in pdf.objects if _entry(item, "Subtype") == "/Link"
        }

    def mend(self, document: Any) -> None:
        """Mend the whole tree."""
        paper = document.pages[0]._page_box.children[0].element
        self._paper = md5("".join(paper.itertext()).encode(), usedforsecurity=False).hexdigest()[:8]
        language = document.metadata.lang or ""
        self._walk(self._root, language)
        self._set_apart(document)

    # -- one tag ---------------------------------------------------------------------------------

    def _walk(self, tag: Any, language: str, within: frozenset[str] = frozenset()) -> None:
        """Mend a tag and what is in it; `language` is that of the text around it, `within` says
        whether it stands in the head of a table or in a table of contents."""
        origin, name = getattr(tag, "origin", None), str(getattr(tag, "tag_name", ""))
        if origin is not None:
            own = origin.get("lang") or language
            if own != language:
                tag["Lang"] = self._string(own)
            language = own
            self._mend(tag, origin, name, "head" in within)
        within |= _places(tag, origin, name)
        if "contents" in within:
            tag["S"] = _CONTENTS.get(tag["S"], tag["S"])
        for kid in self._kids(tag):
            self._walk(kid, language, within)
            empty = kid["S"] == "/NonStruct" and not kid["K"]
            if empty or getattr(kid, "leads", False):
                tag["K"].remove(kid.reference)
        if tag["S"] == "/L":
            self._pair_terms(tag)
        if tag["S"] == "/LI":
            self._one_body(tag)

    def _mend(self, tag: Any, origin: Any, name: str, in_head: bool) -> None:
        kind, class_ = tag["S"], (origin.get("class") or "").split()
        if kind == "/TH":
            scope = _SCOPES.get(origin.get("scope") or "", "/Column" if in_head else "/Row")
            tag["A"]["Scope"] = scope
            tag["ID"] = self._named(tag["ID"])
        elif kind == "/TD" and "Headers" in tag.get("A", {}):
            tag["A"]["Headers"] = self._array(map(self._named, tag["A"]["Headers"]))
        elif kind == "/Link":
            self._describe(tag, origin)
        elif name == "sup" and "note-ref" in class_:
            tag["S"] = "/Reference"
        elif name == "q":
            tag["S"] = "/Quote"
        elif name in _INLINE:
            tag["S"] = "/Span"
            if name == "abbr" and origin.get("title"):
                tag["E"] = self._string(origin.get("title"))
        elif name.endswith("::footnote-call"):
            tag["S"] = "/Reference"
        elif name.endswith("::footnote-marker"):
            tag["S"] = "/Lbl"
        elif name == "span" and "footnote" in class_:
            self._as_note(tag, origin)
        elif kind == "/LBody" and (origin.get("id") or "").startswith("note-"):
            self._as_note(self._within(tag), origin)

    def _as_note(self, tag: Any, origin: Any) -> None:
        """A note with a name of its own, as ISO 14289-1, 7.9 asks; a page may end within it."""
        tag["S"] = "/Note"
        tag["ID"] = self._named(f"{origin.get('id')}-{tag.number}")

    def _named(self, name: str) -> Any:
        """A name that no tag of another paper has, for papers are bound into books."""
        return self._string(f"{self._paper}-{getattr(name, 'string', name)}")

    def _describe(self, tag: Any, origin: Any) -> None:
        """A link says its words to who cannot see it, and where it leads (7.18.5)."""
        words = " ".join("".join(origin.itertext()).split())
        for reference in tag["K"]:
            target = self._pdf_object(reference)
            if target is None or target.get("Type") != "/OBJR":
                continue
            link = self._links[target["Obj"]]
            address = origin.get("href") or ""
            told = words if address.startswith("#") or not words else f"{words} ({address})"
            link["Contents"] = self._string(address if words == address else told)

    def _within(self, tag: Any) -> Any:
        """A new tag that takes over all that is in this one."""
        made = self._made("/NonStruct", tag)
        for kid in self._kids(tag):
            kid["P"] = made.reference
        self._take_marked(tag, made)
        made["K"], tag["K"] = tag["K"], self._array([made.reference])
        return made

    def _pair_terms(self, tag: Any) -> None:
        """A list of terms: each term is the label of the item that says what is to be known."""
        kept: list[Any] = []
        for item in self._kids(tag):
            bodies = self._kids(item)
            name = str(getattr(bodies[0], "tag_name", "")) if len(bodies) == 1 else ""
            if name == "dt":
                bodies[0]["S"] = "/Lbl"
                kept.append(item)
            elif name == "dd" and kept and self._kids(kept[-1])[0]["S"] == "/Lbl":
                bodies[0]["P"] = kept[-1].reference
                kept[-1]["K"].append(bodies[0].reference)
            else:
                kept.append(item)
        tag["K"] = self._array([item.reference for item in kept])

    def _one_body(self, item: Any) -> None:
        """What of a list's item is not its label stands in its one body, in its order (7.6)."""
        kids = self._kids(item)
        inside = [kid for kid in kids if kid["S"] != "/Lbl"]
        if all(kid["S"] == "/LBody" for kid in inside):
            return
        body = inside[0]
        if body["S"] != "/LBody":
            body = self._made("/LBody", item)
            item["K"].insert(1 if kids[0]["S"] == "/Lbl" else 0, body.reference)
            self._name_note(body, item)
        for kid in inside:
            if kid is body:
                continue
            if kid["S"] == "/LBody":
                kid["S"] = "/NonStruct"
            item["K"].remove(kid.reference)
            kid["P"] = body.reference
            body["K"].append(kid.reference)

    def _name_note(self, body: Any, item: Any) -> None:
        origin = getattr(item, "origin", None)
        if origin is not None and (origin.get("id") or "").startswith("note-"):
            self._as_note(self._within(body), origin)

    # -- headers and footers ---------------------------------------------------------------------

    def _set_apart(self, document: Any) -> None:
        """What WeasyPrint tags and leaves out of the tree, headers and footers, are artifacts."""
        reached: set[bytes] = {tag.reference for tag in self._all(self._root)}
        numbers = self._object(self._object(self._pdf.catalog["StructTreeRoot"])["ParentTree"])
        entries = numbers["Nums"]
        streams = [self._object(page["Contents"]) for page in self._pages(len(document.pages))]
        for page, stream in enumerate(streams):
            owners = entries[2 * page + 1]
            apart = {n for n, owner in enumerate(owners) if owner not in reached}
            self._as_artifacts(stream, apart)
            for number in apart:
                owners[number] = "null"
        self._forget(reached)

    def _pages(self, count: int) -> Iterator[Any]:
        for reference in self._pdf.page_references[:count]:
            yield self._object(reference)

    @staticmethod
    def _as_artifacts(stream: Any, apart: set[int]) -> None:
        """Words of a page by their number in the tree become words outside of it."""
        if not apart:
            return
        words = stream.stream
        for index, word in enumerate(words):
            if isinstance(word, dict) and word.get("MCID") in apart:
                words[index - 1] = "/Artifact"
                words[index] = _PAGINATION

    def _forget(self, reached: set[bytes]) -> None:
        """Tags that the tree does not hold are not written."""
        for item in self._pdf.objects:
            if _entry(item, "Type") == "/StructElem" and item.reference not in reached:
                item.clear()  # pydyf miscounts what is left out of a stream of objects

    # -- the objects -----------------------------------------------------------------------------

    def _all(self, tag: Any) -> Iterator[Any]:
        yield tag
        for kid in self._kids(tag):
            yield from self._all(kid)

    def _kids(self, tag: Any) -> list[Any]:
        """The tags in a tag; numbers of marked text and links are none."""
        found = (self._pdf_object(kid) for kid in tag["K"])
        return [kid for kid in found if kid is not None and kid.get("Type") == "/StructElem"]

    def _pdf_object(self, reference: Any) -> Any:
        return self._object(reference) if isinstance(reference, bytes) else None

    def _object(self, reference: bytes) -> Any:
        return self._pdf.objects[int(reference.split()[0])]

    def _made(self, kind: str, parent: Any) -> Any:
        import pydyf

        made = pydyf.Dictionary(
            {
                "Type": "/StructElem",
                "S": kind,
                "K": pydyf.Array(),
                "Pg": parent["Pg"],
                "P": parent.reference,
            }
        )
        self._pdf.add_object(made)
        return made

    def _take_marked(self, old: Any, new: Any) -> None:
        """Marked text that belonged to a tag belongs to another."""
        marked = [kid for kid in old["K"] if isinstance(kid, int)]
        if not marked:
            return
        entries = self._object(self._object(self._pdf.catalog["StructTreeRoot"])["ParentTree"])[
            "Nums"
        ]
        for owners in entries[1::2]:
            if isinstance(owners, list):
                owners[:] = [new.reference if o == old.reference else o for o in owners]

    @staticmethod
    def _string(text: str) -> Any:
        import pydyf

        return pydyf.String(text)

    @staticmethod
    def _array(items: Iterable[Any]) -> Any:
        import pydyf

        return pydyf.Array(items)
