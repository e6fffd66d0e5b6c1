"""A Word file as a template: its parts, what may stand in them, and what never leaves the house.

In: the bytes of a .docx that a person made. Out: its parts with words by the names that messages
use; faults of what it holds; then, filled, the file with nothing left of its maker: no comments,
properties, revision marks, links to templates or data behind controls.
"""

from __future__ import annotations

import datetime
import io
import re
from collections.abc import Iterator, Mapping
from typing import Any

from docx import Document
from docx.opc.constants import CONTENT_TYPE as CT
from docx.opc.constants import RELATIONSHIP_TYPE as RT
from docx.opc.packuri import PackURI
from docx.opc.part import Part, XmlPart
from docx.oxml.ns import qn
from docx.oxml.parser import parse_xml

from briefgen.errors import BriefgenError, Problem, Source
from briefgen.render.docx.authored.contents import content_problems, loose_problems
from briefgen.render.docx.authored.tags import Paragraph, paragraphs
from briefgen.render.docx.authored.traces import KEPT, drop_notes, strip_part, used_ids
from briefgen.render.docx.hidden import hidden_styles
from briefgen.render.docx.package import APP, settled, zipped
from briefgen.render.docx.safety import open_word_file
from briefgen.render.docx.xml import Element
from briefgen.render.images import picture

_RUNNING = {RT.HEADER: "header", RT.FOOTER: "footer"}
_NOTES = {RT.FOOTNOTES: "footnotes", RT.ENDNOTES: "endnotes"}
# Left out without a word: nothing of it shows on paper.
_DROPPED = frozenset(
    ("comments", "commentsExtended", "commentsIds", "commentsExtensible", "people", "customXml",
     "glossaryDocument", "webSettings", "stylesWithEffects", "attachedTemplate", "printerSettings",
     "keyMapCustomizations", "font", "recipientData", "mailMergeSource", "transform",
     "documenttasks", "customXmlProps")
)  # fmt: skip
_CALLED = {
    "chart": "a chart", "diagramData": "a SmartArt drawing", "video": "a film", "audio": "a sound",
    "frame": "a web frame",
}  # fmt: skip
_W = qn("w:p")[: qn("w:p").index("}") + 1]
_ONCE = (RT.STYLES, RT.SETTINGS, RT.NUMBERING, RT.THEME, RT.FONT_TABLE, *_NOTES)


class WordFile:
    """A Word file in hand: the XML of the parts that a template may have tags in."""

    def __init__(self, name: str, content: bytes) -> None:
        self.name = name
        members = open_word_file(name, content)
        try:  # what was looked at, and nothing that another reader might find in the same bytes
            self.document = Document(io.BytesIO(zipped(members)))
        except (KeyError, ValueError, AttributeError, IndexError) as error:
            raise BriefgenError([self._fault(f"cannot be read as a Word file: {error}")]) from error
        self.main = self.document.part
        self.roots: dict[str, Element] = {}
        self._parts: dict[str, Part] = {}
        self._require_parts()
        for called, part in self._worded():
            self.roots[called] = parse_xml(part.blob)
            self._parts[called] = part

    def _fault(self, message: str, subject: str = "") -> Problem:
        return Problem(Source(self.name), subject, message, "open it in Word and save it as .docx")

    def _require_parts(self) -> None:
        """Raise BriefgenError unless what the document is made of is what it says that it is."""
        faults = []
        seen: set[str] = set()
        for part in self.main.package.iter_parts():
            for relation in part.rels.values():
                kind = relation.reltype
                called = kind.rpartition("/")[2]
                if kind in _ONCE and (relation.is_external or (part is self.main and kind in seen)):
                    faults.append(self._fault(f"has its {called} twice, or outside of it"))
                elif kind in KEPT and not relation.is_external:
                    told = relation.target_part.content_type
                    if told not in KEPT[kind] and not told.startswith("image/"):
                        faults.append(self._fault(f"has '{told[:80]}' as its {called}"))
                seen |= {kind} if part is self.main else set()
        if faults:
            raise BriefgenError(dict.fromkeys(faults))

    def _worded(self) -> Iterator[tuple[str, Part]]:
        """The parts that hold words, by what messages call them."""
        yield "body", self.main
        running: list[tuple[str, int, Part]] = []
        for relation in self.main.rels.values():
            if relation.is_external:
                continue
            part = relation.target_part
            if relation.reltype in _NOTES:
                running.append((_NOTES[relation.reltype], 0, part))
            elif relation.reltype in _RUNNING:
                number = re.search(r"(\d+)\.xml$", str(part.partname))
                kind = _RUNNING[relation.reltype]
                running.append((kind, int(number.group(1)) if number else 1, part))
        for kind, nth, part in sorted(running, key=lambda r: (r[0], r[1])):
            yield f"{kind} {nth}" if nth else kind, part

    def called(self, relation_id: str) -> str:
        """What messages call the part behind a relationship of the body."""
        part = self.main.related_parts.get(relation_id)
        return next((name for name, known in self._parts.items() if known is part), "")

    def paragraphs(self, part: str) -> list[Paragraph]:
        """The paragraphs of a part."""
        return list(paragraphs(self.roots[part], self.name, part))

    # -- what may not be in it -------------------------------------------------------------------

    def problems(self) -> list[Problem]:
        """What the file holds that a paper may not be made from."""
        found = self.content_problems()
        for name in self.roots:
            found += self._relation_problems(name)
        return found

    def content_problems(self) -> list[Problem]:
        """What stands in its parts and may not, before they are filled and after."""
        hidden = hidden_styles(self.main._styles_part.element)
        found: list[Problem] = []
        for name, root in self.roots.items():
            for paragraph in self.paragraphs(name):
                found += content_problems(paragraph, hidden)
            found += loose_problems(root, self.name, name)
        return found

    def _relation_problems(self, called: str) -> Iterator[Problem]:
        part = self._parts[called]
        used = used_ids(self.roots[called])
        for id_, relation in part.rels.items():
            kind = str(relation.reltype).rsplit("/", 1)[-1]
            link = relation.reltype == RT.HYPERLINK
            message, hint = "", ""
            if relation.is_external and link:
                address = str(relation.target_ref)
                if not address.startswith(("https:", "mailto:", "#")):
                    message = f"links to '{address[:60]}'"
                    hint = "links may begin with https: or mailto:"
            elif relation.is_external and id_ in used:
                message = f"shows '{str(relation.target_ref)[:60]}', which is not in the file"
                hint = "put the picture itself into the document"
            elif relation.reltype not in KEPT and kind not in _DROPPED and id_ in used:
                message = f"holds {_CALLED.get(kind, kind)}, which a template cannot have"
                hint = "put a picture in its place"
            elif (
                relation.reltype == RT.IMAGE
                and id_ in used
                and picture(relation.target_part.blob) is None
            ):
                what = str(relation.target_part.partname)[-40:]
                message = f"shows a picture of a kind that papers cannot hold ({what})"
                hint = "insert it as PNG or JPEG"
            if message:
                yield Problem(Source(self.name), called, message, hint)

    # -- the end ---------------------------------------------------------------------------------

    def note_root(self, kind: str) -> Element:
        """The part of the footnotes or endnotes; one is made where there is none."""
        if kind not in self.roots:
            one = kind[:-1]
            empty = "".join(
                f'<w:{one} w:type="{type_}" w:id="{id_}">'
                f"<w:p><w:r><w:{type_}/></w:r></w:p></w:{one}>"
                for id_, type_ in ((-1, "separator"), (0, "continuationSeparator"))
            )
            root: Any = parse_xml(f'<w:{kind} xmlns:w="{_W[1:-1]}">{empty}</w:{kind}>')
            content = CT.WML_FOOTNOTES if kind == "footnotes" else CT.WML_ENDNOTES
            part = XmlPart(PackURI(f"/word/{kind}.xml"), content, root, self.main.package)
            self.main.relate_to(part, RT.FOOTNOTES if kind == "footnotes" else RT.ENDNOTES)
            self.roots[kind], self._parts[kind] = root, part
        return self.roots[kind]

    def save(self, data: Mapping[str, Any]) -> bytes:
        """The file with its filled parts, without the traces of its maker."""
        for kind in _NOTES.values():
            if kind in self.roots:
                drop_notes(self.roots[kind], kind, self.roots["body"])
        roots = {id(self._parts[name]): root for name, root in self.roots.items()}
        todo, done = [self.main], {id(self.main)}
        while todo:  # what is cut off on the way is not in the paper
            part = todo.pop()
            strip_part(part, roots.get(id(part)))
            inside = [r.target_part for r in part.rels.values() if not r.is_external]
            todo += [p for p in inside if id(p) not in done]
            done |= {id(p) for p in inside}
        self._package_properties(data)
        raw = io.BytesIO()
        self.document.save(raw)
        return settled(raw.getvalue())

    def _package_properties(self, data: Mapping[str, Any]) -> None:
        package = self.main.package
        for id_, relation in list(package.rels.items()):
            if relation.reltype != RT.OFFICE_DOCUMENT:
                del package.rels[id_]
        app = Part(PackURI("/docProps/app.xml"), CT.OFC_EXTENDED_PROPERTIES, APP, package)
        package.relate_to(app, RT.EXTENDED_PROPERTIES)
        properties = self.document.core_properties  # made anew: none of the old is left
        paper = data["paper"]
        title = str(paper["title"])
        properties.title = title[:255]
        properties.subject = f"{title}, {paper['as_of_text']}"[:255]
        properties.author = properties.last_modified_by = str(paper["ministry"])[:255]
        properties.category = str(data["marking"]["label"])[:255]
        properties.keywords = str(paper["kind"])[:255]
        properties.comments = ""
        properties.language = str(paper["language"])
        properties.revision = 1
        stamp = datetime.datetime.fromisoformat(str(paper["as_of"]))
        properties.created = properties.modified = stamp
