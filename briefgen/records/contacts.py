"""Contacts and what they rest on: events, statements, meetings, people, documents.

In: the maps of `events/`, `meetings/`, `officials.yaml`, `documents.yaml`. Out: frozen records.
"""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated, Literal, Self

from pydantic import AfterValidator, ConfigDict, Field, StringConstraints, model_validator
from pydantic_core import PydanticCustomError

from briefgen.dates import PartialDate, Precision
from briefgen.errors import did_you_mean
from briefgen.records.base import (
    ActRef,
    AskRef,
    Citations,
    Countries,
    CountryRef,
    Date,
    EventRef,
    GroupRef,
    Id,
    KindRef,
    LevelRef,
    LocalText,
    Located,
    OfficialRef,
    Record,
    SeriesRef,
    Text,
    TopicRef,
    TreatyRef,
    check_period,
    check_precision,
    side_or_country,
)
from briefgen.records.lines import Clearance
from briefgen.records.markings import MarkingField


class Channel(StrEnum):
    """How a contact was made; the history groups by it."""

    BILATERAL = "bilateral"
    MULTILATERAL = "multilateral"
    PUBLIC = "public"
    DOMESTIC = "domestic"


class Place(Record):
    """Where something took place, as far as the source says; nothing is filled in."""

    venue: LocalText | None = None
    """Building or hall. Example: `U.N. Headquarters`"""
    city: Text | None = None
    """Town. Example: `Tokyo`"""
    country: CountryRef | None = None
    """Country by any name or code. Example: `JPN`"""


class Participant(Record):
    """Somebody at an occasion: an official, or a name, office or State as the source says."""

    official: OfficialRef | None = None
    """A person of officials.yaml; office and country are taken from there. Example: `wang-yi`"""
    name: Text | None = None
    """The name, for somebody who is not in officials.yaml. Example: `A. N. Other`"""
    office: LocalText | None = None
    """The office as the source has it; goes before the one in officials.yaml."""
    country: CountryRef | None = None
    """The State spoken for; needed without an official. Example: `AUS`"""
    role: Literal["head", "member", "host", "chair", "co-host", "co-signatory"] = "head"
    """The part played: head, member, host, chair, co-host or co-signatory."""
    as_printed: Text | None = None
    """How the source prints the name, where it differs. Example: `Nguyen`"""

    @model_validator(mode="after")
    def _says_who(self) -> Self:
        if not (self.official or self.country):
            raise PydanticCustomError(
                "participant", "a participant needs an 'official' or a 'country'"
            )
        return self


class Levels(Record):
    """The level of each side; sides may differ."""

    own: LevelRef | None = None
    """Level of our side, from terms.yaml. Example: `director-general`"""
    other: LevelRef | None = None
    """Level of the other side. Example: `deputy-minister`"""


class Commitment(Record):
    """What a statement binds its speaker to, and what came of it."""

    kind: Literal["undertaking", "plan", "position"]
    """undertaking: something promised. plan: something meant to be done by a date. position: a
    view held in common."""
    due: Date | None = None
    """By when (its last day, inclusive); left out where no date was given. Example: `2003`"""
    due_as_printed: LocalText | None = None
    """How the source puts the date, where it is not a date. Example: `early next year`"""
    done: Date | None = None
    """When it was done; left out while that is not on record. Example: `2003-11`"""
    outcome: LocalText | None = None
    """What came of it, in own words. Example: `{en: The talks were held as agreed.}`"""
    sources: Citations = ()
    """Where it is written that it was done."""


class Statement(Located):
    """One move of a contact: who said what, about which topic, asking what of whom."""

    topic: TopicRef
    """What it is about, from terms.yaml. Example: `nuclear-testing`"""
    treaty: TreatyRef | None = None
    """The treaty it concerns. Example: `CTBT`"""
    item: Text | None = None
    """Number of the item as the source prints it; in [ ] when supplied. Example: `4 (2)`"""
    by: Annotated[Text, AfterValidator(side_or_country)]
    """Who spoke: own, other, both, or a State. Example: `own`"""
    speaker: OfficialRef | None = None
    """The person who spoke, where several of a side were there."""
    act: ActRef
    """The verb, from terms.yaml. Example: `requests`"""
    ask: AskRef | None = None
    """What was asked for, from asks.yaml. Example: `ratify`"""
    of: Countries = ()
    """The State or States asked, or spoken of. Example: `CHN`"""
    of_groups: tuple[GroupRef, ...] = ()
    """The group or groups asked. Example: `CTBT_ANNEX2`"""
    qualifier: Text | None = None
    """How the ask was qualified. Example: `at the earliest opportunity`"""
    text: LocalText
    """What was said, in the ministry's own words, per language."""
    answers: Annotated[int, Field(ge=1)] | None = None
    """Number, from 1, of the earlier statement of this event that it answers. Example: `1`"""
    answers_also: tuple[Annotated[int, Field(ge=1)], ...] = ()
    """Numbers of other earlier statements that it answers with the same words. Example: `[2]`"""
    commitment: Commitment | None = None
    """What it binds its speaker to: carried forward until it is done.
    Example: `{kind: undertaking}`"""
    marking: MarkingField | None = None
    """Marking of the statement; else that of the event. Example: `official`"""
    sources: Citations = ()
    """Where it is written; else the sources of the event."""

    @property
    def all_answered(self) -> tuple[int, ...]:
        """The numbers of all statements that it answers."""
        return tuple(n for n in (self.answers, *self.answers_also) if n)

    @property
    def by_side(self) -> bool:
        """Whether `by` names a side rather than a State."""
        return self.by in ("own", "other", "both")


class ItemHeading(Record):
    """The heading of a numbered item of the source."""

    number: Text
    """Number as the statements below it have it; of a group the part before ( ). Example: `4`"""
    title: LocalText
    """The heading, in our own words. Example: `{en: Conventional weapons}`"""
    supplied: bool = False
    """yes when the source has no such heading: it is then printed in [ ]."""


def item_group(number: str) -> str:
    """The item that a sub-item belongs to: `4` for `4 (2)`; empty for an item of its own."""
    head, bracket, tail = number.partition("(")
    return head.strip() if bracket and tail.endswith(")") else ""


class Event(Located):
    """One contact or step of the record: when, where, how, who, to whom, and what was said."""

    model_config = ConfigDict(defer_build=False)  # every paper needs it

    id: Id
    """Name of the event, for ever. Example: `cn-disarmament-2002-09-24`"""
    title: LocalText
    """Name of the occasion."""
    date: Date | None = None
    """Day, month or year, as far as known; left out when undated. Example: `2002-08`"""
    precision: Precision | None = None
    """day, month, year or none; must fit the date, and may be left out."""
    end: Date | None = None
    """Last day (inclusive) of an occasion of several days. Example: `2002-08-10`"""
    order: int = 0
    """Place inside its month where days are not known; ascending. Example: `20`"""
    place: Place | None = None
    """Where; left out when the source does not say."""
    channel: Channel
    """bilateral, multilateral, public or domestic."""
    kind: KindRef
    """Kind of occasion, from terms.yaml. Example: `summit`"""
    series: SeriesRef | None = None
    """The series it belongs to, from terms.yaml. Example: `us-commission`"""
    round: Annotated[int, Field(ge=1)] | None = None
    """Number within the series. Example: `4`"""
    level: Levels = Levels()
    """Level of our side and of the other."""
    participants: tuple[Participant, ...] = ()
    """Who was at the table, our side first."""
    target_countries: Countries = ()
    """States addressed by name. Example: `[CHN]`"""
    target_groups: tuple[GroupRef, ...] = ()
    """Groups addressed. Example: `[ASEAN]`"""
    to_all_states: bool = False
    """yes when it was addressed to all States."""
    treaties: tuple[TreatyRef, ...] = ()
    """Treaties it concerns, besides those of its statements."""
    items: tuple[ItemHeading, ...] = ()
    """Headings of the source's numbered items; an item without one is called by its topic."""
    statements: tuple[Statement, ...] = ()
    """What was said, in order."""
    marking: MarkingField | None = None
    """Marking of the event; else the ministry's default. Example: `public`"""
    note: LocalText | None = None
    """A remark printed with the event. Example: `{en: The two sources differ}`"""
    sources: Citations = ()
    """Documents and places that tell of it."""

    @model_validator(mode="after")
    def _dates_fit(self) -> Self:
        actual = self.date.precision if self.date else Precision.NONE
        check_precision(self.precision, self.date, actual)
        check_period(self.date, self.end)
        return self

    @model_validator(mode="after")
    def _answers_come_later(self) -> Self:
        for number, statement in enumerate(self.statements, 1):
            late = next((n for n in statement.all_answered if n >= number), None)
            if late:
                raise PydanticCustomError(
                    "answers",
                    "statement {number} cannot answer statement {given}",
                    {
                        "number": number,
                        "given": late,
                        "hint": "statements are counted from 1; an answer follows its question",
                        "field": f"statements.{number - 1}.answers",
                    },
                )
        return self

    @model_validator(mode="after")
    def _headings_head_something(self) -> Self:
        used = [s.item for s in self.statements if s.item]
        used += [group for item in used if (group := item_group(item))]
        for index, heading in enumerate(self.items):
            twice = heading.number in [h.number for h in self.items[:index]]
            if twice or heading.number not in used:
                near = "leave one out" if twice else did_you_mean(heading.number, used)
                raise PydanticCustomError(
                    "items",
                    "item '{given}' {fault}",
                    {
                        "given": heading.number,
                        "fault": "has two headings" if twice else "has no statement",
                        "hint": near or "write the number as the statements have it",
                        "field": f"items.{index}.number",
                    },
                )
        return self

    @property
    def is_own_step(self) -> bool:
        """Whether it is a step at home or in public that is addressed to nobody."""
        aimed = self.target_countries or self.target_groups or self.to_all_states
        return self.channel in (Channel.DOMESTIC, Channel.PUBLIC) and not aimed

    @property
    def all_treaties(self) -> tuple[str, ...]:
        """The treaties named for the event or by one of its statements, in order, each once."""
        named = [s.treaty for s in self.statements if s.treaty]
        return tuple(dict.fromkeys([*self.treaties, *named]))


class AgendaItem(Located):
    """A point of a meeting's agenda, with the line that our side means to take."""

    topic: TopicRef
    """The topic, from terms.yaml. Example: `small-arms`"""
    treaty: TreatyRef | None = None
    """The treaty: its ask then comes from the State's standing. Example: `CTBT`"""
    title: LocalText | None = None
    """Heading, where the topic's own word does not fit. Example: `{en: Landmines}`"""
    line: LocalText | None = None
    """What our side means to say, to be read aloud. Example: `{en: We ask for your help.}`"""
    reactive: bool = False
    """yes: said only if the other side raises it. Example: `yes`"""
    names: Countries = ()
    """Other States that the line may name. Example: `[IRN]`"""
    releasable: bool = False
    """yes: the line may be given to the other side in writing. Example: `yes`"""


class Delegations(Record):
    """Who sits on each side."""

    own: tuple[Participant, ...] = ()
    """Our side."""
    other: tuple[Participant, ...] = ()
    """The other side."""


class Meeting(Located):
    """An occasion to be briefed for."""

    id: Id
    """Name of the meeting. Example: `cn-disarmament-2003-08-14`"""
    title: LocalText
    """Name of the occasion."""
    date: Date
    """First day. Example: `2003-08-14`"""
    end: Date | None = None
    """Last day (inclusive). Example: `2003-08-15`"""
    place: Place | None = None
    """Where."""
    country: CountryRef
    """The State met. Example: `China`"""
    series: SeriesRef | None = None
    """The series it belongs to, from terms.yaml."""
    level: LevelRef | None = None
    """Level of the meeting, from terms.yaml. Example: `director-general`"""
    delegations: Delegations = Delegations()
    """Who sits on each side."""
    objectives: tuple[LocalText, ...] = ()
    """What our side wants of the meeting, most important first."""
    agenda: tuple[AgendaItem, ...] = ()
    """The topics, in order."""
    drafter: LocalText | None = None
    """The office that drafts the brief; else the ministry's department. Example: `Arms Control`"""
    clearances: tuple[Clearance, ...] = ()
    """Offices that clear the brief, with the date once they have."""
    first_step: bool | None = None
    """yes or no: the softer first step of the ladder; else as in ministry.yaml. Example: `yes`"""
    marking: MarkingField | None = None
    """Marking of the meeting's facts; else the ministry's default. Example: `official`"""
    event: EventRef | None = None
    """The event that records what came of it."""

    @model_validator(mode="after")
    def _dates_fit(self) -> Self:
        check_period(self.date, self.end)
        return self


class Office(Record):
    """An office and when it was held."""

    title: LocalText
    """The office. Example: `Minister for Foreign Affairs`"""
    level: LevelRef | None = None
    """Its level, from terms.yaml. Example: `minister`"""
    since: Date | None = None
    """From this date (inclusive); left out when not known. Example: `2002-08-01`"""
    until: Date | None = None
    """Up to this date (inclusive); left out while held or when not known."""

    @model_validator(mode="after")
    def _dates_fit(self) -> Self:
        if self.since and self.until:
            check_period(self.since, self.until)
        return self

    def held_on(self, day: PartialDate) -> bool:
        """Whether the office was held on some day that `day` may stand for."""
        begun = self.since is None or self.since.first <= day.last
        ended = self.until is not None and self.until.last < day.first
        return begun and not ended


class Official(Located):
    """A person: names, spellings met in the sources, and the offices held."""

    id: Id
    """Name of the record. Example: `amano-yukiya`"""
    name: LocalText
    """The name as printed. Example: `Yukiya Amano`"""
    country: CountryRef
    """The State served. Example: `JPN`"""
    family_name: LocalText | None = None
    """The family name, where certain."""
    honorific: LocalText | None = None
    """Put before the name. Example: `Dr`"""
    spellings: tuple[Text, ...] = ()
    """Other spellings met in the sources."""
    offices: Annotated[tuple[Office, ...], Field(min_length=1)]
    """Offices held, with their dates."""
    note: LocalText | None = None
    """A remark for the drafter. Example: `{en: Spelt as the source prints it}`"""
    sources: Citations = ()
    """Documents that attest the person and the offices."""

    def office_on(self, day: PartialDate) -> Office | None:
        """The office held on `day`; of several the one taken up last."""
        held = [office for office in self.offices if office.held_on(day)]
        return max(held, key=lambda o: o.since.first.toordinal() if o.since else 0, default=None)


class Document(Located):
    """A source: what is cited."""

    id: Id
    """Name of the document. Example: `untc-ctbt-status`"""
    title: LocalText
    """Its title."""
    short: LocalText | None = None
    """The title in a few words, for notes."""
    issuer: LocalText
    """Who issued it."""
    date: Date | None = None
    """When it was issued; facts that carry no date of their own are known from then on."""
    retrieved: Date | None = None
    """When it was read, for a page that changes."""
    address: Annotated[str, StringConstraints(pattern=r"^https?://\S+$")] | None = None
    """Where it can be read."""
    kind: Literal[
        "chronology", "readout", "treaty text", "treaty status", "statement", "report",
        "press release", "membership list", "cable", "note verbale", "news", "other",
    ]  # fmt: skip
    """What it is, such as readout, treaty status, report, cable."""
    marking: MarkingField | None = None
    """Marking of the document; else the ministry's default. Example: `public`"""
    note: LocalText | None = None
    """A remark for the drafter. Example: `{en: Spelt as the source prints it}`"""
