"""The checks that the hand-made records of the tests were judged by."""

from __future__ import annotations

from collections.abc import Mapping

from readiness_audit.model.check import Case, Check, Framework, Parameter, Severity
from readiness_audit.model.system import Stage
from readiness_audit.model.texts import Texts
from readiness_audit.model.verdict import Outcome


def a_check(
    id_: str,
    title: tuple[str, str],
    *,
    severity: Severity = Severity.BLOCKER,
    stage: Stage = Stage.PILOT,
    point: int = 8,
    probe: str = "tls",
    parameters: Mapping[str, Parameter] | None = None,
    aliases: tuple[str, ...] = (),
) -> Check:
    """Write a check that passes where the facts say `fine`."""
    return Check(
        id=id_,
        aliases=aliases,
        title=Texts(en=title[0], de=title[1]),
        point=point,
        severity=severity,
        stage=stage,
        probe=probe,
        why=Texts(
            en="Somebody on the path could read or change what is sent.",
            de="Wer auf dem Weg mithört, könnte Übertragenes lesen oder ändern.",
        ),
        see_for_yourself=Texts(
            en="openssl s_client -connect HOST:443", de="openssl s_client -connect RECHNER:443"
        ),
        fix=Texts(en="Change it where the connection ends.", de="Dort ändern, wo die Verbindung endet."),
        parameters=parameters or {},
        assessable_when="true",
        passes_when="facts.fine",
        finding=Texts(en="{count} found: {subjects}", de="{count} gefunden: {subjects}"),
        maps_to={Framework.BSI: ("APP.3.2.A11", "CON.1.A1"), Framework.NIS2: ("h",)},
        cases=(Case(name="a good one", given={"fine": True}, expect=Outcome.PASS),),
    )


CHECKS = (
    a_check(
        "cert.expiry.soon",
        ("Certificates are valid for long enough", "Zertifikate sind lange genug gültig"),
        severity=Severity.MAJOR,
        parameters={"min_days": 30},
    ),
    a_check(
        "net.ports.allowlist",
        ("Only declared TCP ports are reachable", "Nur freigegebene TCP-Ports sind erreichbar"),
        severity=Severity.MAJOR,
        probe="ports",
    ),
    a_check(
        "risk.register.current",
        ("The risk register is current", "Das Risikoregister ist aktuell"),
        severity=Severity.MINOR,
        point=9,
        probe="risks",
    ),
    a_check(
        "test.functional.results",
        ("Functional tests passed", "Funktionale Tests sind bestanden"),
        point=5,
        probe="junit",
        parameters={"at_least": 0.98, "names": ("smoke", "release")},
    ),
    a_check(
        "tls.groups.pqc",
        ("A hybrid post-quantum group is offered", "Eine hybride Post-Quanten-Gruppe wird angeboten"),
        severity=Severity.INFO,
        stage=Stage.OPERATION,
        point=10,
    ),
    a_check(
        "tls.protocol.minimum",
        ("Only TLS 1.2 and newer are accepted", "Nur TLS 1.2 und neuer wird angenommen"),
        parameters={"minimum": "TLSv1.2"},
    ),
)
"""What is asked of the first four targets. `mail.dmarc.enforced` is set aside."""

SET_ASIDE = a_check("mail.dmarc.enforced", ("DMARC is enforced", "DMARC wird durchgesetzt"), probe="dns")
