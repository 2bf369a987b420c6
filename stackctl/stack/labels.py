"""The labels by which a Compose file speaks to stackctl: Compose keeps them, and drops a service's `x-` keys."""

SERVICE = "stackctl.service"
READY_TIMEOUT = "stackctl.ready_timeout"
ONESHOT = "stackctl.oneshot"
STANDIN = "stackctl.standin"
SCHEME = "stackctl.scheme"
PATH = "stackctl.path"
RECIPE = "stackctl.recipe"
