"""
The UDP ports that are tried on a host whose owner asks for them, and what is usually found there.

About sixty: services that answer strangers at length, let somebody in, or show what runs in a
network, registered with IANA or placed there by habit. A host that says of each closed port that
nobody listens does so about once a second, so that every further port costs a second.
"""

from __future__ import annotations

from collections.abc import Mapping

USUAL_UDP: Mapping[int, str] = {
    7: "echo",
    9: "discard",
    13: "daytime",
    17: "quote of the day",
    19: "character generator",
    37: "time",
    53: "DNS",
    67: "DHCP server",
    68: "DHCP client",
    69: "TFTP",
    88: "Kerberos",
    111: "RPC port mapper",
    123: "NTP",
    135: "Windows RPC",
    137: "NetBIOS names",
    138: "NetBIOS datagrams",
    161: "SNMP",
    162: "SNMP traps",
    177: "XDMCP",
    389: "LDAP without connection",
    427: "service location",
    443: "HTTP/3",
    464: "Kerberos passwords",
    500: "IKE",
    514: "syslog",
    520: "RIP",
    546: "DHCPv6 client",
    547: "DHCPv6 server",
    623: "IPMI",
    631: "printing",
    1194: "OpenVPN",
    1434: "SQL Server Browser",
    1645: "RADIUS of old",
    1646: "RADIUS accounting of old",
    1701: "L2TP",
    1812: "RADIUS",
    1813: "RADIUS accounting",
    1900: "SSDP",
    2049: "NFS",
    3283: "Apple Remote Desktop",
    3389: "Remote Desktop",
    3478: "STUN and TURN",
    3702: "WS-Discovery",
    4500: "IPsec behind NAT",
    5060: "SIP",
    5351: "NAT port mapping",
    5353: "mDNS",
    5355: "LLMNR",
    5683: "CoAP",
    6481: "Oracle service tags",
    8472: "VXLAN of old",
    10001: "Ubiquiti discovery",
    11211: "memcached",
    17185: "VxWorks debugger",
    27015: "Steam",
    30718: "Lantronix set-up",
    37810: "DVR discovery",
    47808: "BACnet",
    51820: "WireGuard",
}

COMMON_UDP = frozenset(USUAL_UDP)
