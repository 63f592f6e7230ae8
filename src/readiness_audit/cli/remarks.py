"""The explanations inside a new system file, in both languages."""

from __future__ import annotations

from readiness_audit.model.texts import Texts

ABOUT = Texts(
    en="""
What is about to go live. Editors that know the line above explain every key and complete it.
What to do next: fill in what is below, fill in the registers in evidence/, then
  readiness-audit doctor system.yaml   what is missing here
  readiness-audit plan system.yaml     what would be looked at; nothing is sent
  readiness-audit run system.yaml      the answer
Passwords never stand in this file, only where they are kept: env:NAME, file:/PATH or command:...
""",
    de="""
Was in Betrieb gehen soll. Editoren, die die Zeile darüber kennen, erklären und ergänzen jeden Schlüssel.
Die nächsten Schritte: unten ausfüllen, die Register in evidence/ ausfüllen, dann
  readiness-audit doctor system.yaml   was hier fehlt
  readiness-audit plan system.yaml     was angesehen würde; es wird nichts gesendet
  readiness-audit run system.yaml      die Antwort
Kennwörter stehen nie in dieser Datei, nur wo sie liegen: env:NAME, file:/PFAD oder command:...
""",
)
ID = Texts(en="stable: its history hangs on it", de="bleibt gleich: die Historie hängt daran")
OWNER = Texts(en="name and role of who answers for it", de="Name und Rolle der verantwortlichen Person")
STAGE = Texts(
    en="pilot, rollout or operation", de="pilot (Pilotbetrieb), rollout (Einführung) oder operation"
)
PROTECTION = Texts(
    en="How much protection it needs: normal, high or very-high each.",
    de="""
Schutzbedarf von Vertraulichkeit, Integrität und Verfügbarkeit:
normal, high (hoch) oder very-high (sehr hoch).
""",
)
TRAITS = Texts(
    en="""
What the system is like, as far as it decides which checks apply. Known:
  internet-facing   personal-data   own-code   database   public-site   mail-domain
  host-access   processor   windows-services   web-administration
  own-domain   own-mail-server   own-name-server
  no-backup   no-domain   no-ipv6   no-ldap   no-rdp   no-smb   no-ssh   no-tls   no-web   no-winrm
""",
    de="""
Merkmale, soweit sie entscheiden, welche Prüfungen anwendbar sind. Bekannt:
  internet-facing (aus dem Internet erreichbar)   personal-data (personenbezogene Daten)
  own-code (eigener Quelltext)   database (Datenbank)   public-site (öffentliche Website)
  mail-domain (eigene Mail-Domäne)   host-access (Zugang zu den Rechnern)
  processor (Auftragsverarbeitung)   windows-services (Windows-Dienste)
  web-administration (Administration über das Web)
  own-domain (eigener Name im DNS)   own-mail-server (eigener Mailserver)
  own-name-server (eigene Nameserver)
  no-backup (nichts zu sichern)   no-domain (Domäne gehört anderen)   no-ipv6 (nur IPv4)
  no-ldap (ohne Verzeichnisdienst)   no-rdp (ohne Remotedesktop)   no-smb (ohne Dateifreigaben)
  no-ssh (ohne SSH)   no-tls (ohne TLS)   no-web (ohne Weboberfläche)   no-winrm (ohne WinRM)
""",
)
EVIDENCE = Texts(
    en="folder beside this file; nothing outside it is read",
    de="Ordner neben dieser Datei; nur er wird gelesen",
)
AUTHORISATION = Texts(
    en="""
Without an authorisation no packet is sent, and the network checks are not assessed. Let somebody
who may do so allow it, then take the '#' away. Only these targets are touched, in this time only.
""",
    de="""
Ohne Prüfgenehmigung wird kein Paket gesendet, und die Netzprüfungen bleiben ungeprüft. Von einer
berechtigten Person genehmigen lassen, dann das '#' entfernen. Berührt werden nur diese Ziele, nur in dieser
Zeit.
""",
)
HOSTS = Texts(
    en="The network: computers with the ports that are meant to be open, and services with TLS or HTTP.",
    de="Das Netz: Rechner mit den Ports, die offen sein sollen, und Dienste mit TLS oder HTTP.",
)
BACKUP = Texts(
    en="Where backups are kept: a folder, or a restic repository (tool: restic, with password: env:NAME).",
    de="Wo Sicherungen liegen: ein Ordner oder ein restic-Repository (tool: restic, password: env:NAME).",
)
REGISTERS = Texts(
    en="Registers, in the evidence folder as CSV, XLSX or YAML. Empty ones are there to be filled in.",
    de="Register, im Nachweisordner als CSV, XLSX oder YAML. Leere liegen dort zum Ausfüllen bereit.",
)
PAPERS = Texts(
    en="Statements of persons; documents (Markdown, DOCX, PDF); results of tests; the source code.",
    de="Erklärungen von Personen; Dokumente (Markdown, DOCX, PDF); Testergebnisse; der Quelltext.",
)
