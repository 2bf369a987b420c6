"""stackctl: start, watch and look after Compose stacks."""

__version__ = "0.1.0"
