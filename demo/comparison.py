"""Whether what arrived is what was sent. Pure."""

from benchmarks.reports.contents import Contents


def differences(sent: Contents, arrived: Contents) -> list[str]:
    """In words; empty when every finding is where it belongs."""
    found = []
    if sent.findings != arrived.findings:
        found.append(f"{arrived.findings} findings arrived of {sent.findings}")
    if sent.assets != arrived.assets:
        missing, unknown = sent.assets.keys() - arrived.assets.keys(), arrived.assets.keys() - sent.assets.keys()
        other = sum(sent.assets[key] != arrived.assets[key] for key in sent.assets.keys() & arrived.assets.keys())
        found.append(f"{len(missing)} assets are missing, {len(unknown)} unknown, {other} have other numbers of findings")
    if sent.names != arrived.names:
        missing_names, unknown_names = sent.names - arrived.names, arrived.names - sent.names
        found.append(f"missing: {_few(missing_names)}; unknown: {_few(unknown_names)}")
    if sent.fingerprint != arrived.fingerprint and not found:
        found.append("locations or reference ids are others")
    return found


def _few(names: dict[str, int]) -> str:
    return ", ".join(sorted(names)[:5]) or "none"
