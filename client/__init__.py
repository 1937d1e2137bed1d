"""The SDK (`client.sdk`) and the ``phoenix-scan`` command (`client.cli`): all that a pipeline needs, without Ray.

Nothing is imported here, so that ``phoenix-scan --help`` does not load an HTTP library.
"""
