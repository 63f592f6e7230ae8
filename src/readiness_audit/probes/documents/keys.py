"""Which keys people write, in German and English, for what a document says about itself."""

from __future__ import annotations

from collections.abc import Mapping


def _listed(text: str) -> tuple[str, ...]:
    return tuple(" ".join(key.split()) for key in text.split(","))


# Compared in lower case, with "_" and "-" as blanks and gender endings dropped.
KEYS: Mapping[str, tuple[str, ...]] = {
    "title": _listed("title, titel, dokumententitel, dokumenttitel, document title, dokumentname"),
    "version": _listed(
        """
        version, dokumentversion, dokumentenversion, document version, versionsnummer, revision, rev,
        version nr, versionsstand
        """
    ),
    "status": _listed(
        """
        status, dokumentstatus, dokumentenstatus, document status, bearbeitungsstatus, freigabestatus,
        approval status
        """
    ),
    "owner": _listed(
        """
        owner, document owner, responsible, responsible person, verantwortlich, verantwortliche,
        verantwortlicher, verantwortliche person, verantwortliche stelle, dokumentenverantwortlich,
        dokumentenverantwortliche, dokumentenverantwortlicher, dokumentverantwortliche,
        dokumentverantwortlicher, dokumenteneigner, eigentümer, verantwortlichkeit
        """
    ),
    "author": _listed(
        """
        author, authors, autor, autoren, ersteller, erstellt von, erstellt durch, verfasser, verfasst
        von, created by, written by, prepared by, bearbeiter
        """
    ),
    "approved_by": _listed(
        """
        approved by, approver, freigegeben von, freigegeben durch, freigabe durch, freigabe von,
        freigeber, genehmigt von, genehmigt durch, released by
        """
    ),
    "approved_on": _listed(
        """
        approved on, approval date, date of approval, freigegeben am, freigabe am, freigabedatum, datum
        der freigabe, genehmigt am, released on, release date
        """
    ),
    "reviewed_by": _listed(
        """
        reviewed by, reviewer, geprüft von, geprüft durch, überprüft von, prüfer
        """
    ),
    "reviewed_on": _listed(
        """
        reviewed on, reviewed at, last review, last reviewed, last reviewed on, review date, date of
        review, geprüft am, überprüft am, letzte prüfung, letzte prüfung am, letzte überprüfung, letzte
        überprüfung am, zuletzt geprüft, zuletzt geprüft am, zuletzt überprüft, zuletzt überprüft am,
        prüfdatum
        """
    ),
    "as_of": _listed(
        """
        stand, as of, date, datum, document date, dokumentdatum, dokumentendatum, versionsdatum,
        ausgabedatum
        """
    ),
    "valid_until": _listed("valid until, gültig bis, expires, expires on"),
    "next_review_on": _listed(
        """
        next review, next review on, next review date, review due, nächste prüfung, nächste prüfung am,
        nächste überprüfung, nächste überprüfung am, wiedervorlage
        """
    ),
    "exercised_on": _listed(
        """
        last exercise, exercised on, last rehearsal, rehearsed on, rehearsal, last test, tested on,
        letzte übung, letzte übung am, geübt am, übung am, geprobt am, probe am, letzte probe, letzte
        probe am, erprobt am, letzter test, getestet am
        """
    ),
    "created": _listed("created, created on, creation date, erstellt am, erstellungsdatum"),
    "modified_in_file": _listed(
        """
        modified, modified on, last modified, updated, updated on, last updated, geändert am, letzte
        änderung, letzte änderung am, zuletzt geändert am, zuletzt aktualisiert, zuletzt aktualisiert
        am, aktualisiert am, änderungsdatum
        """
    ),
}
FIELD_OF: Mapping[str, str] = {key: name for name, keys in KEYS.items() for key in keys}

# One key for a person and a day together: "Freigabe: Erika Muster, 3. Mai 2026".
TOGETHER: Mapping[str, tuple[str, str]] = {
    **dict.fromkeys(
        _listed("freigabe, freigegeben, genehmigt, approval, approved"), ("approved_by", "approved_on")
    ),
    **dict.fromkeys(_listed("prüfung, geprüft, überprüft, review, reviewed"), ("reviewed_by", "reviewed_on")),
    "erstellt": ("author", "created"),
}

# Where a day behind the value goes: "Version: 1.2 vom 3. Mai 2026".
DAY_BESIDE: Mapping[str, str] = {
    "approved_by": "approved_on",
    "reviewed_by": "reviewed_on",
    "author": "created",
    "version": "as_of",
}

DAYS = frozenset(
    _listed(
        """
        approved_on, reviewed_on, as_of, valid_until, next_review_on, exercised_on, created, modified_in_file
        """
    )
)
PERSONS = frozenset(_listed("approved_by, reviewed_by, author"))

# Sections that speak about the document, wherever they stand.
ABOUT_THE_DOCUMENT = frozenset(
    _listed(
        """
        dokumentenlenkung, dokumentlenkung, dokumentinformation, dokumentinformationen,
        dokumenteninformation, dokumenteninformationen, dokumenteigenschaften, dokumenteneigenschaften,
        dokumentenkontrolle, dokumentenstatus, angaben zum dokument, metadaten, freigabe, freigaben,
        freigabevermerk, prüfung und freigabe, document control, document information,
        document properties, document status, metadata, approval, approvals, review and approval
        """
    )
)
