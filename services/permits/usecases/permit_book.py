"""What can be applied for, read from the country packs installed at this hub."""

from collections.abc import Mapping
from datetime import UTC, date, datetime

from services.permits.domain.application import Application
from services.permits.domain.calendar import WEEKDAYS, WorkingDays
from services.permits.domain.permit_type import (
    AgencyUnknown,
    FactNeeded,
    PermitType,
    PermitTypeUnknown,
)
from services.permits.domain.sla import Promise, due_day, promise
from shared.packs.pack import Pack, Packs
from shared.packs.rule import Rule

PERMIT_TYPE = "permit-type"
PAPER = "paper"
REGISTER = "register"
WORKING_DAYS = "calendar.working-days"


class PermitBook:
    """The permit types and registers of the hub's own country.

    A hub may serve a country of which no pack is installed: then every question about its rules
    raises PackMissing.
    """

    def __init__(self, packs: Packs, *, country: str) -> None:
        self._packs = packs
        self.country = country

    @property
    def _pack(self) -> Pack:
        return self._packs.of(self.country)

    def day_of(self, moment: datetime) -> date:
        """Return the country's own calendar day at that moment, that of UTC where no pack tells."""
        has_pack = self.country in self._packs.countries()
        return self._pack.day_of(moment) if has_pack else moment.astimezone(UTC).date()

    def permit_types(self, *, on: date) -> tuple[PermitType, ...]:
        """Return everything that can be applied for on that day."""
        rules = self._pack.rules_of_kind(PERMIT_TYPE, on=on)
        return tuple(read_permit_type(self._pack, rule) for rule in rules)

    def permit_type(self, key: str, *, on: date) -> PermitType:
        """Return one permit type, or raise PermitTypeUnknown."""
        for found in self.permit_types(on=on):
            if found.key == key:
                return found
        raise PermitTypeUnknown(
            f"{self.country} has no permit {key!r} on {on}", field="permit_type"
        )

    def check_agency(self, agency: str, *, on: date, field: str) -> None:
        """Raise AgencyUnknown unless it gives permits or papers in this country on that day."""
        issuers = {rule.value.text("issuer") for rule in self._pack.rules_of_kind(PAPER, on=on)}
        known = {found.agency for found in self.permit_types(on=on)}
        # An agency is known by its letters; the other issuers of papers are described in words.
        known |= {issuer for issuer in issuers if issuer.isupper()}
        if agency not in known:
            raise AgencyUnknown(f"{agency} is none of {', '.join(sorted(known))}", field=field)

    def calendar(self, *, on: date) -> WorkingDays:
        """Return which days the country's offices work."""
        return read_calendar(self._pack, on=on)

    def due_on(self, application: Application) -> date | None:
        """Return the day by which the office must decide, None while its clock stands still."""
        if not application.clock:
            return None
        wanted = self.permit_type(application.permit_type, on=self.day_of(application.created_at))
        return due_day(
            application.clock,
            limit=wanted.decide_within,
            calendar=self.calendar(on=self.day_of(application.clock[-1].start)),
            day_of=self.day_of,
        )

    def promise(self, application: Application, *, now: datetime) -> Promise | None:
        """Return how the office's promise stands now, None while its clock stands still."""
        wanted = self.permit_type(application.permit_type, on=self.day_of(application.created_at))
        return promise(
            application.clock,
            limit=wanted.decide_within,
            today=self.day_of(now),
            calendar=self.calendar(on=self.day_of(now)),
            day_of=self.day_of,
        )

    def registers(self, *, on: date) -> Mapping[str, frozenset[str]]:
        """Return what the authorities have listed, by register."""
        return read_registers(self._pack, on=on)


def read_calendar(pack: Pack, *, on: date) -> WorkingDays:
    """Return which days offices work, or raise RuleMissing where the pack does not say."""
    value = pack.rule(WORKING_DAYS, on=on).value
    return WorkingDays(
        weekend=frozenset(WEEKDAYS[name] for name in value.texts("weekend")),
        off=frozenset(row.day("day") for row in value.rows("off")),
        worked=frozenset(row.day("day") for row in value.rows("working")),
        known_to=value.day("known_to"),
    )


def read_permit_type(pack: Pack, rule: Rule) -> PermitType:
    value = rule.value
    return PermitType(
        key=rule.key.removeprefix(f"{PERMIT_TYPE}."),
        country=pack.country,
        names={language: value.part("names").text(language) for language in value.part("names")},
        document_code=value.text("document_code"),
        agency=value.text("agency"),
        goods=value.texts("goods"),
        valid_days=value.days("valid"),
        decide_within=value.count("decide_within"),
        appeal_within_days=value.days("appeal_within"),
        needs_countersign=value.flag("countersign"),
        facts=tuple(
            FactNeeded(
                name=row.text("name"),
                register=row.text("register") if "register" in row else None,
            )
            for row in value.rows("facts")
        ),
        rule_id=f"{rule.id} {rule.key}",
        pack_hash=pack.digest,
    )


def read_registers(pack: Pack, *, on: date) -> Mapping[str, frozenset[str]]:
    return {
        rule.key.removeprefix(f"{REGISTER}."): frozenset(rule.value.texts("entries"))
        for rule in pack.rules_of_kind(REGISTER, on=on)
    }
