"""Empty files of statements: attestations, conditions and waivers, with an example that is only a remark."""

from __future__ import annotations

from collections.abc import Mapping

from readiness_audit.model.texts import Language, Texts

_ATTESTATIONS = Texts(
    en="""\
# Statements by named persons, for what no machine can see.
# Take the '#' away from the example below, and the [] above it, and write your own; what is commented out
# counts for nothing.
# Days are 2026-12-31 or 31.12.2026; `valid_until` is the last day a statement counts.
# `attachment` is a file in the evidence folder, `sha256` its hash (sha256sum FILE): both or neither.

attestations: []
# - check: gov.protection.need             # what it answers: readiness-audit checks list --probe attestation
#   statement: The protection need was determined; the reasons stand in the form.
#   person: Erika Mustermann
#   role: System owner
#   date: 2026-05-04
#   valid_until: 2027-05-03
#   second_person: Max Mustermann          # where four eyes are asked for
#   second_role: Data protection officer
#   attachment: approvals/protection-need.pdf
#   sha256: "0000000000000000000000000000000000000000000000000000000000000000"
""",
    de="""\
# Erklärungen namentlich genannter Personen für alles, was keine Maschine sehen kann.
# Beim Beispiel unten das '#' und darüber das [] entfernen und Eigenes eintragen; was auskommentiert ist,
# zählt nicht.
# Tage: 31.12.2026 oder 2026-12-31; `valid_until` ist der letzte Tag, an dem die Erklärung zählt.
# `attachment` ist eine Datei im Nachweisordner, `sha256` ihr Hash (sha256sum DATEI): beides oder nichts.

attestations: []
# - check: gov.protection.need             # wozu: readiness-audit checks list --probe attestation
#   statement: Der Schutzbedarf wurde festgestellt; die Gründe stehen im Formular.
#   person: Erika Mustermann
#   role: Systemverantwortliche
#   date: 2026-05-04
#   valid_until: 2027-05-03
#   second_person: Max Mustermann          # wo vier Augen verlangt sind
#   second_role: Datenschutzbeauftragter
#   attachment: freigaben/schutzbedarf.pdf
#   sha256: "0000000000000000000000000000000000000000000000000000000000000000"
""",
)

_CONDITIONS = Texts(
    en="""\
# Conditions (German: Auflagen): what was agreed for major deviations that are still open.
# Kept beside system.yaml as conditions.yaml; `readiness-audit accept RECORD` writes them from a run.
# Or take the '#' away from the example below, and write your own.
# Each needs an owner, a due date within the policy's limit, and an approver who is not the owner.

# - check: cert.expiry.soon                # as the report names it
#   target: portal                         # id of the target, as the report names it
#   owner: Erika Mustermann
#   due: 2026-12-31                        # last day, inclusive
#   approved_by: Max Mustermann
#   demand: Renew the certificate and watch its end by monitoring.
""",
    de="""\
# Auflagen: was zu Abweichungen vereinbart ist, die noch offen sind.
# Liegt als conditions.yaml neben system.yaml; `readiness-audit accept LAUF` schreibt sie aus einem Lauf.
# Oder beim Beispiel unten das '#' entfernen und Eigenes eintragen.
# Jede braucht Verantwortliche, eine Frist in der Grenze der Richtlinie, eine Genehmigung durch andere.

# - check: cert.expiry.soon                # wie im Bericht genannt
#   target: portal                         # Kennung des Ziels, wie im Bericht genannt
#   owner: Erika Mustermann
#   due: 2026-12-31                        # letzter Tag, einschließlich
#   approved_by: Max Mustermann
#   demand: Das Zertifikat erneuern und sein Ende überwachen.
""",
)

_WAIVERS = Texts(
    en="""\
# Exceptions (German: Ausnahmegenehmigungen): open points that are borne for a limited time.
# Kept beside system.yaml as waivers.yaml; `readiness-audit waive` writes and approves them.
# Or take the '#' away from the example below, and write your own.
# Without an approval by somebody other than who asked for it, an exception has no effect; for a
# blocker, management has to approve it. An extension is another approval in the list.

# - id: W-1
#   check: tls.ciphers.unlisted            # as the report names it
#   target: "web*"                         # id of a target, or a pattern
#   reason: The old cash registers know no other cipher suite.
#   risk: {likelihood: low, impact: medium}   # low, medium or high
#   compensation: The cash registers stand in a network of their own.
#   requested_by: Erika Mustermann
#   requested_on: 2026-11-02
#   approvals:
#     - approved_by: Max Mustermann
#       role: management                   # or isb, dsb, system-owner, ...
#       granted: 2026-11-03
#       expires: 2027-01-31                # last day, inclusive
""",
    de="""\
# Ausnahmegenehmigungen: Offenes, das für begrenzte Zeit hingenommen wird.
# Liegt als waivers.yaml neben system.yaml; `readiness-audit waive` schreibt und genehmigt sie.
# Oder beim Beispiel unten das '#' entfernen und Eigenes eintragen.
# Ohne Genehmigung durch eine andere als die beantragende Person hat eine Ausnahme keine Wirkung; bei
# schwerwiegenden Abweichungen genehmigt die Leitung. Eine Verlängerung ist eine weitere Genehmigung.

# - id: W-1
#   check: tls.ciphers.unlisted            # wie im Bericht genannt
#   target: "web*"                         # Kennung eines Ziels oder ein Muster
#   reason: Die alten Kassen kennen keine andere Cipher-Suite.
#   risk: {likelihood: low, impact: medium}   # low (gering), medium (mittel) oder high (hoch)
#   compensation: Die Kassen stehen in einem eigenen Netz.
#   requested_by: Erika Mustermann
#   requested_on: 2026-11-02
#   approvals:
#     - approved_by: Max Mustermann
#       role: management                   # oder isb, dsb, system-owner, ...
#       granted: 2026-11-03
#       expires: 2027-01-31                # letzter Tag, einschließlich
""",
)

SKELETONS: Mapping[str, Texts] = {
    "attestations": _ATTESTATIONS,
    "conditions": _CONDITIONS,
    "waivers": _WAIVERS,
}
"""Every file that is written as YAML, by what it is called."""


def skeleton(name: str, language: Language) -> bytes:
    """Give one of `SKELETONS` in one language."""
    return SKELETONS[name].said(language).encode()
