"""The one YAML file, as models: what is written there, what may be, and every fault at once."""

from gateway.config.load import ConfigError, load
from gateway.config.models import (
    Config,
    JwtSignIn,
    Profile,
    Sessions,
    SignIn,
    TrustedHeaderSignIn,
)
from gateway.config.site import (
    AuditRule,
    GraphQL,
    HouseContact,
    Identity,
    Recognise,
    RedactionRule,
    RequestRule,
    Site,
    Upstream,
    WebSocket,
    Workflow,
)
from gateway.config.tickets import Condition, Lookup, Ticket
from gateway.yaml_file import Fault

__all__ = [
    "AuditRule",
    "Condition",
    "Config",
    "ConfigError",
    "Fault",
    "GraphQL",
    "HouseContact",
    "Identity",
    "JwtSignIn",
    "Lookup",
    "Profile",
    "Recognise",
    "RedactionRule",
    "RequestRule",
    "Sessions",
    "SignIn",
    "Site",
    "Ticket",
    "TrustedHeaderSignIn",
    "Upstream",
    "WebSocket",
    "Workflow",
    "load",
]
