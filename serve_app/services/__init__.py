"""The core: what can be done, for whichever face is asked (REST v1, REST v2, GraphQL, the page).

What only reads takes the wiring and the caller; what changes something takes `serve_app.access.auditing.Auditing`, which has
both, and records what it does. They raise what `serve_app.answering.answers.TABLE` has an answer for.
"""
