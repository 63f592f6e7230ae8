"""Which test files need which programs from Debian's packages."""

from __future__ import annotations

from collections.abc import Mapping

NETWORK = ("unshare", "ip", "nft")
SSH = ("ssh", "sshd", "dropbear", "nmap")
BIND = ("named", "dig")
STARTTLS = (
    "dovecot",
    "mariadb-install-db",
    "mariadbd",
    "openssl",
    "pg_createcluster",
    "postconf",
    "postfix",
    "prosody",
    "slapadd",
    "slapd",
    "vsftpd",
    "xrdp",
)

NEEDS: Mapping[str, tuple[str, ...]] = {
    "tests/cli/test_doctor.py": ("restic",),
    "tests/cli/test_schedule.py": ("systemd-analyze",),
    "tests/hostile/test_all_at_once.py": NETWORK,
    "tests/house/test_house_rules.py": ("git",),
    "tests/ledger/test_index.py": ("strace",),
    "tests/probes/backup/test_directory.py": ("openssl", "xz"),
    "tests/probes/backup/test_restic.py": ("restic",),
    "tests/probes/database/test_database.py": (
        "mariadb",
        "mariadb-install-db",
        "mariadbd",
        "memcached",
        "pg_createcluster",
        "psql",
        "redis-cli",
        "redis-server",
    ),
    "tests/probes/documents/test_document_pdf.py": ("groff", "pdftotext", "qpdf"),
    "tests/probes/naming/test_domain.py": ("dnssec-keygen", "dnssec-signzone", *BIND),
    "tests/probes/naming/test_maildomain.py": BIND,
    "tests/probes/naming/test_nameserver.py": BIND,
    "tests/probes/network/test_certificate.py": ("openssl",),
    "tests/probes/network/test_chain.py": ("openssl",),
    "tests/probes/network/test_hostile_ssh.py": ("ssh",),
    "tests/probes/network/test_hostile_udp.py": NETWORK,
    "tests/probes/network/test_http.py": ("nginx", "openssl"),
    "tests/probes/network/test_ports.py": NETWORK,
    "tests/probes/network/test_preamble.py": STARTTLS,
    "tests/probes/network/test_scan_file.py": ("nmap", *NETWORK),
    "tests/probes/network/test_services.py": ("nmap",),
    "tests/probes/network/test_smtp.py": ("postfix", "postconf"),
    "tests/probes/network/test_ssh.py": SSH,
    "tests/probes/network/test_ssh_exchange.py": SSH,
    "tests/probes/network/test_starttls.py": (*STARTTLS, "ldapwhoami"),
    "tests/probes/network/test_tls.py": ("nginx", "openssl"),
    "tests/probes/network/test_tls_flaws.py": ("openssl",),
    "tests/probes/network/test_udp.py": ("dig", "dnsmasq", "memcached", "nmap", "snmpd", "snmpget", *NETWORK),
    "tests/probes/network/test_web_paths.py": ("curl", "nginx"),
    "tests/probes/network/test_web_responses.py": ("curl", "nginx"),
    "tests/probes/reach/test_datagram.py": NETWORK,
    "tests/probes/reach/test_gate.py": NETWORK,
    "tests/probes/reach/test_sweep.py": ("nmap", *NETWORK),
    "tests/probes/reach/test_sweep_limits.py": NETWORK,
    "tests/probes/windows/test_ldap.py": ("ldapsearch", "slapadd", "slapd"),
    "tests/probes/windows/test_rdp.py": ("nmap", "xrdp"),
    "tests/probes/windows/test_smb.py": ("nmap", "smbclient", "smbd"),
    "tests/rendering/test_html.py": ("chromium", "pdftotext"),
}
