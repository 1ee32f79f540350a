"""The impersonation gateway: act on behalf of a user of an app that stays as it is."""
