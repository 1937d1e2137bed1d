"""Sign-in by OpenID Connect: bearer tokens of an issuer, and sessions of people who signed in there.

`serve_app.access.auth` asks `signed_in`; `routes` is how people sign in and out.
"""
