"""Looking at the services Windows networks are made of: SMB, RDP, LDAP."""
