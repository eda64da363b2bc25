"""Every store the services use: one Protocol per port, one module per adapter."""
