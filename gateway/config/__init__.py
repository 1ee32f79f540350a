"""The one YAML file, as models: what is written there, what may be, and every fault at once."""

from gateway.config.faults import ConfigError, Fault
from gateway.config.load import load
from gateway.config.models import Config, JwtSignIn, SignIn, TrustedHeaderSignIn
from gateway.config.site import Identity, RedactionRule, RequestRule, Site, Upstream

__all__ = [
    "Config",
    "ConfigError",
    "Fault",
    "Identity",
    "JwtSignIn",
    "RedactionRule",
    "RequestRule",
    "SignIn",
    "Site",
    "TrustedHeaderSignIn",
    "Upstream",
    "load",
]
