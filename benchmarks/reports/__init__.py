"""Reports of any size, made up, each of which tells exactly what it contains.

``python -m benchmarks.reports trivy --findings 60000 --out trivy.json``. The same seed makes the same bytes. A kind is a module
that exports one `benchmarks.reports.kind.Kind`; kinds share the pool of advisories and the spread of findings over assets.
"""
