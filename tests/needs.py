"""Which test files need which programs from Debian's packages, and which tests need root."""

from __future__ import annotations

from collections.abc import Mapping

NETWORK = ("unshare", "ip", "nft")
HOST = ("busybox", "ssh-keygen", "sshd", "sudo", "unshare")
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
    "tests/endtoend/test_privileges.py": ("setpriv", "strace"),
    "tests/hostile/test_all_at_once.py": NETWORK,
    "tests/house/test_house_rules.py": ("git",),
    "tests/cli/test_stamping.py": ("openssl",),
    "tests/cli/test_verify.py": ("openssl", "sh", "unzip"),
    "tests/ledger/every_call.py": ("strace",),
    "tests/ledger/test_beside.py": ("strace",),
    "tests/ledger/test_chain.py": ("strace",),
    "tests/ledger/test_bundle.py": ("strace",),
    "tests/ledger/test_index.py": ("strace",),
    "tests/ledger/test_kills.py": ("strace",),
    "tests/ledger/test_pruning.py": ("strace",),
    "tests/ledger/test_keyring.py": ("openssl", "strace"),
    "tests/ledger/test_proof.py": ("openssl",),
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
    "tests/probes/tls/test_certificate.py": ("openssl",),
    "tests/probes/tls/test_short_heartbeat.py": ("gnutls-serv",),
    "tests/probes/tls/test_wrong_keys.py": ("gnutls-serv", "nginx", "openssl"),
    "tests/probes/tls/test_chain.py": ("openssl",),
    "tests/probes/revocation/test_asking.py": ("openssl",),
    "tests/probes/revocation/test_hold.py": ("openssl",),
    "tests/probes/revocation/test_judged.py": ("openssl",),
    "tests/probes/revocation/test_revocation.py": ("openssl",),
    "tests/probes/ssh/test_hostile_ssh.py": ("ssh",),
    "tests/probes/udp/test_hostile_udp.py": NETWORK,
    "tests/probes/web/test_http.py": ("nginx", "openssl"),
    "tests/shipped/test_commands.py": ("bash", "curl", "nginx", "nmap", "openssl", "sshd"),
    "tests/probes/ports/test_ports.py": NETWORK,
    "tests/probes/tls/test_preamble.py": STARTTLS,
    "tests/probes/ports/test_scan_file.py": ("nmap", *NETWORK),
    "tests/probes/ports/test_naming.py": ("nmap", "ssh", "sshd"),
    "tests/probes/ports/test_services.py": ("nmap",),
    "tests/probes/ports/test_udp_ports.py": (
        "dnsmasq",
        "memcached",
        "nmap",
        "setpriv",
        "snmpd",
        "ss",
        *NETWORK,
    ),
    "tests/probes/ports/test_udp_scan.py": ("dnsmasq", "nmap", "ss", *NETWORK),
    "tests/probes/host/test_brought.py": HOST,
    "tests/probes/host/test_inside.py": HOST,
    "tests/probes/host/test_nothing_there.py": HOST,
    "tests/probes/mail/test_smtp.py": ("postfix", "postconf"),
    "tests/probes/ssh/test_second.py": ("sshd", "ssh-keygen"),
    "tests/probes/ssh/test_ssh.py": SSH,
    "tests/probes/ssh/test_exchange.py": SSH,
    "tests/probes/tls/test_starttls.py": (*STARTTLS, "ldapwhoami"),
    "tests/probes/tls/test_tls.py": ("nginx", "openssl"),
    "tests/probes/tls/test_tls_flaws.py": ("openssl",),
    "tests/probes/udp/test_udp.py": ("dig", "dnsmasq", "memcached", "nmap", "snmpd", "snmpget", *NETWORK),
    "tests/probes/web/test_paths.py": ("curl", "nginx"),
    "tests/probes/web/test_responses.py": ("curl", "nginx"),
    "tests/probes/reach/test_datagram.py": NETWORK,
    "tests/probes/reach/test_gate.py": NETWORK,
    "tests/probes/reach/test_raw_sockets.py": ("setpriv",),
    "tests/probes/reach/test_sweep.py": ("nmap", *NETWORK),
    "tests/probes/reach/test_sweep_limits.py": NETWORK,
    "tests/probes/windows/test_ldap.py": ("ldapsearch", "slapadd", "slapd"),
    "tests/probes/windows/test_rdp.py": ("nmap", "xrdp"),
    "tests/probes/windows/test_smb.py": ("nmap", "smbclient", "smbd"),
    "tests/views/test_ssh_hostkeys.py": ("ssh", "ssh-keygen", "sshd"),
    "tests/views/test_ssh_keys.py": ("ssh-keygen",),
    "tests/rendering/test_html.py": ("chromium", "pdftotext"),
    "tests/views/test_shown.py": ("openssl",),
}

_BROUGHT = "tests/probes/host/test_brought.py"
_NOTHING = "tests/probes/host/test_nothing_there.py"
_SMTP = "tests/probes/mail/test_smtp.py"
_PREAMBLE = "tests/probes/tls/test_preamble.py"
_RDP = "tests/probes/windows/test_rdp.py"
_FILES = "the files of a host belong to several users there"
_POSTFIX = "postfix starts as root and gives that up by itself"
_DNSMASQ = "dnsmasq starts as root and gives that up by itself"
_LOW = "services are named by ports below 1024, which only root can open"
_PORTS = "tests/probes/ports/test_ports.py"
_SWEEPING = "tests/probes/ports/test_sweeping.py"
_UDP = "tests/probes/udp/test_udp.py"

ROOTS: Mapping[str, str] = {
    "tests/cli/test_earlier.py": _LOW,
    "tests/endtoend/test_one_machine.py": _FILES,
    _BROUGHT: _FILES,
    "tests/probes/host/test_inside.py": _FILES,
    f"{_NOTHING}::test_a_declared_key_that_is_none": _FILES,
    f"{_NOTHING}::test_another_host_key_is_not_trusted_and_is_named": _FILES,
    f"{_NOTHING}::test_keys_settings_and_agent_of_the_user_are_left_alone": _FILES,
    f"{_NOTHING}::test_no_password_is_given_where_the_host_would_take_one": _FILES,
    f"{_NOTHING}::test_sudo_that_is_not_allowed": _FILES,
    f"{_NOTHING}::test_the_known_hosts_of_the_user_do_not_count": _FILES,
    f"{_NOTHING}::test_without_root_it_is_said_what_was_not_open_to_us": _FILES,
    f"{_SMTP}::test_a_postfix_that_relays_for_nobody_refuses_as_smtplib_sees_too": _POSTFIX,
    f"{_SMTP}::test_a_postfix_that_trusts_our_network_is_an_open_relay_from_here": _POSTFIX,
    f"{_PORTS}::test_an_ipv4_address_says_nothing_of_ipv6": _LOW,
    f"{_PORTS}::test_declared_and_undeclared_ports_are_told_apart": _LOW,
    f"{_PORTS}::test_only_declared_ports_are_tried_where_that_is_asked": _LOW,
    "tests/probes/ports/test_services.py": _LOW,
    f"{_SWEEPING}::test_the_oldest_part_says_since_when_it_was_swept": _LOW,
    f"{_SWEEPING}::test_what_cannot_be_what_a_sweep_left_is_swept_again": _LOW,
    "tests/probes/ports/test_udp_ports.py::test_open_are_the_ports_the_machine_says_it_listens_on": _DNSMASQ,
    "tests/probes/ports/test_udp_scan.py::test_a_real_scan_of_both_protocols_is_read_for_either": _DNSMASQ,
    f"{_UDP}::test_careful_servers_grant_nothing": _DNSMASQ,
    f"{_UDP}::test_careless_servers_answer_as_other_clients_say": _DNSMASQ,
    f"{_PREAMBLE}::test_behind_the_preamble_is_what_openssl_sees_behind_it": "the servers start as root",
    f"{_PREAMBLE}::test_every_suite_behind_a_preamble_is_found": "the server starts as root",
    "tests/probes/tls/test_starttls.py": "dovecot, postfix and vsftpd start as root and give that up",
    "tests/probes/tls/test_tls_sessions.py::test_a_postfix_is_seen_through_starttls": _POSTFIX,
    f"{_RDP}::test_nmap_sees_the_same_layers_of_an_xrdp_that_negotiates": "only root reads the keys of xrdp",
}
"""Tests that only root can run, by file or by name, and why: without root they are named and left out."""

NOT_NOBODYS: Mapping[str, str] = {
    "tests/cli/test_schedule.py::test_systemd_accepts_what_is_written": "systemd warns of units of nobody",
}
"""Tests that anybody can run but the user called nobody."""
