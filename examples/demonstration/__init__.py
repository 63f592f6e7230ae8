"""What the demonstration is made of: filled-in files, certificates, services, and a look at the machine."""
