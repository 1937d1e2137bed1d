"""SSLyze: ``--json_out`` of versions 2 to 6, and the XML of versions before 3. A finding for each thing that is wrong.

SSLyze tells facts and rates none of them. What counts as wrong are its own checks for known attacks, protocols that RFC 8996
and RFC 7568 forbid, and cipher suites of TLS 1.2 that its check against Mozilla's intermediate profile names as well.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import msgspec
from lxml import etree

from scanner.assets import infra, is_ip
from scanner.errors import RecordError
from scanner.families.scanned import failed
from scanner.format import Format, Section
from scanner.model import Asset, AssetType, Finding, Located
from scanner.normalize.details import details
from scanner.normalize.severity import UNRATED
from scanner.section import Part
from scanner.shapes.json import JsonSignature, JsonVariant
from scanner.shapes.xml import Tables, XmlSignature, XmlVariant

_FORBIDDEN = {"ssl_2_0": "SSL 2.0", "ssl_3_0": "SSL 3.0", "tls_1_0": "TLS 1.0", "tls_1_1": "TLS 1.1"}
_CURRENT = {"tls_1_2": "TLS 1.2", "tls_1_3": "TLS 1.3"}
_OF_XML = {"sslv2": "ssl_2_0", "sslv3": "ssl_3_0", "tlsv1": "tls_1_0", "tlsv1_1": "tls_1_1", "tlsv1_2": "tls_1_2"}
_WEAK = re.compile(r"^TLS_RSA_|_anon_|NULL|EXPORT|_RC4_|_RC2_|_3?DES|_IDEA_|_SEED_|_MD5$|_CBC_SHA$")
"""No forward secrecy, no authentication, no or broken encryption, or CBC with SHA-1."""


@dataclass(slots=True)
class Server:
    """What a scan says of one, whatever it is written as."""

    host: str
    ip: str
    port: str
    suites: Mapping[str, list[str]] = field(default_factory=dict)
    """Protocol → names of the cipher suites that the server has accepted."""
    heartbleed: bool = False
    ccs: bool = False
    robot: str = ""
    renegotiation_by_client: bool = False
    insecure_renegotiation: bool = False
    compression: bool = False
    certificate: list[str] = field(default_factory=list)
    """What is wrong with it."""

    @property
    def asset(self) -> Asset:
        return infra(ip=self.ip if is_ip(self.ip) else "", hostname="" if is_ip(self.host) else self.host)


class Report(msgspec.Struct):
    server_scan_results: list[msgspec.Raw] | None = None
    accepted_targets: list[msgspec.Raw] | None = None
    """Of version 2."""
    server_connectivity_errors: list[dict[str, Any]] | None = None
    invalid_server_strings: list[dict[str, Any]] | None = None


def sections(report: Report) -> Iterator[Section]:
    results = report.server_scan_results if report.server_scan_results is not None else report.accepted_targets
    if results is None:
        yield failed("it has no server_scan_results", "server_scan_results")
        return
    for place in ("server_connectivity_errors", "invalid_server_strings"):
        for error in getattr(report, place) or ():
            said = (error.get("server_string"), error.get("error_message") or "it could not be reached")
            yield failed(": ".join(map(str, filter(None, said))), place)
    if results or not (report.server_connectivity_errors or report.invalid_server_strings):
        yield Section(results, server_findings, dict, place="server_scan_results")


def server_findings(record: dict[str, Any], _: None) -> Iterator[Part]:
    """Raises `RecordError` for a server that could not be reached."""
    location = _location(record)
    host = f"{location.get('hostname')}:{location.get('port')}"
    if record.get("connectivity_status") == "ERROR" or record.get("scan_status") == "ERROR_NO_CONNECTIVITY":
        raise RecordError(f"{host} could not be reached: {record.get('connectivity_error_trace') or 'no connection'}")
    commands = next(
        (found for name in ("scan_result", "scan_commands_results", "commands_results") if (found := record.get(name))), None
    )
    if not isinstance(commands, dict):
        raise RecordError(f"{host} has no results")
    yield from findings(_server(location, commands))
    for name, command in commands.items():
        if isinstance(command, dict) and command.get("status") == "ERROR":
            yield RecordError(f"{host}: {name} could not be checked: {command.get('error_reason') or 'no reason'}")


def findings(server: Server) -> Iterator[Located]:
    asset = server.asset
    if not asset.attributes:
        raise RecordError("a server without name or address")
    yield Located(asset)
    for finding in _problems(server):
        finding.location = f"{server.host or server.ip}:{server.port}"
        yield Located(asset, finding)


def _problems(server: Server) -> Iterator[Finding]:
    for protocol, title in _FORBIDDEN.items():
        if suites := server.suites.get(protocol):
            yield _finding(f"{title} is accepted", f"Switch {title} off.", suites)
    for protocol, title in _CURRENT.items():
        if suites := [suite for suite in server.suites.get(protocol, ()) if _WEAK.search(suite)]:
            yield _finding(f"Weak cipher suites are accepted for {title}", "Take these cipher suites out.", suites)
    if server.heartbleed:
        yield _finding("Heartbleed", "Upgrade OpenSSL, and renew keys and certificates.", ids=["CVE-2014-0160"])
    if server.ccs:
        yield _finding("OpenSSL CCS injection", "Upgrade OpenSSL.", ids=["CVE-2014-0224"])
    if server.robot.startswith("VULNERABLE"):
        evidence = server.robot.replace("_", " ").lower()
        yield _finding("ROBOT: Bleichenbacher's oracle", "Take suites with RSA key exchange out.", evidence=evidence)
    if server.renegotiation_by_client:
        yield _finding("Clients may renegotiate, which costs the server much", "Refuse renegotiation by clients.")
    if server.insecure_renegotiation:
        yield _finding("Secure renegotiation is not supported", "Upgrade the TLS library.", ids=["CVE-2009-3555"])
    if server.compression:
        yield _finding("TLS compression is offered (CRIME)", "Switch TLS compression off.", ids=["CVE-2012-4929"])
    for problem in dict.fromkeys(server.certificate):
        yield _finding(problem, "Install a certificate that clients trust for this name.")


def _finding(
    name: str, remedy: str, suites: list[str] | None = None, *, ids: list[str] | None = None, evidence: str = ""
) -> Finding:
    facts = details(cipher_suites=suites, evidence=evidence)
    return Finding(name=name, remedy=remedy, severity=UNRATED, reference_ids=ids or [], details=facts)


def _location(record: dict[str, Any]) -> dict[str, Any]:
    info = record.get("server_info")
    for found in (record.get("server_location"), info.get("server_location") if isinstance(info, dict) else None, info):
        if isinstance(found, dict):
            return found
    raise RecordError("it names no server")


def _server(location: dict[str, Any], commands: dict[str, Any]) -> Server:
    def result(name: str) -> dict[str, Any]:
        """Since version 5 below its status."""
        found = commands.get(name)
        found = found.get("result", found) if isinstance(found, dict) else None
        return found if isinstance(found, dict) else {}

    reneg = result("session_renegotiation") or result("reneg")
    return Server(
        host=str(location.get("hostname") or ""),
        ip=str(location.get("ip_address") or ""),
        port=str(location.get("port") or ""),
        suites={name: _suites(_protocol(name, result)) for name in (*_FORBIDDEN, *_CURRENT)},
        heartbleed=result("heartbleed").get("is_vulnerable_to_heartbleed") is True,
        ccs=(result("openssl_ccs_injection") or result("openssl_ccs")).get("is_vulnerable_to_ccs_injection") is True,
        robot=str(result("robot").get("robot_result") or result("robot").get("robot_result_enum") or ""),
        renegotiation_by_client=True
        in (reneg.get("is_vulnerable_to_client_renegotiation_dos"), reneg.get("accepts_client_renegotiation")),
        insecure_renegotiation=reneg.get("supports_secure_renegotiation") is False,
        compression=(result("tls_compression") or result("compression")).get("supports_compression") is True,
        certificate=[problem for one in _deployments(result) for problem in _of_certificate(one)],
    )


def _protocol(name: str, result: Any) -> dict[str, Any]:
    """Version 2 has ``tlsv1_2`` for ``tls_1_2_cipher_suites``."""
    found: dict[str, Any] = result(f"{name}_cipher_suites")
    return found or result(next((old for old, new in _OF_XML.items() if new == name), name))


def _suites(result: dict[str, Any]) -> list[str]:
    accepted = result.get("accepted_cipher_suites") or result.get("accepted_cipher_list") or ()
    names = []
    for entry in accepted:
        suite = entry.get("cipher_suite", entry) if isinstance(entry, dict) else {}
        names.append(str(suite.get("name") or suite.get("openssl_name") or ""))
    return list(filter(None, names))


def _deployments(result: Any) -> list[dict[str, Any]]:
    found = result("certificate_info").get("certificate_deployments")
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []


def _of_certificate(deployment: dict[str, Any]) -> Iterator[str]:
    validations = [one for one in deployment.get("path_validation_results") or () if isinstance(one, dict)]
    if validations and not any(_is_valid(one) for one in validations):
        yield "No store of trusted certificates trusts the certificate"
    if deployment.get("leaf_certificate_subject_matches_hostname") is False:
        yield "The certificate is for another name"
    if deployment.get("verified_chain_has_sha1_signature") is True:
        yield "The certificate's chain is signed with SHA-1"


def _is_valid(validation: dict[str, Any]) -> bool:
    if "was_validation_successful" in validation:
        return validation["was_validation_successful"] is True
    return bool(validation.get("verified_certificate_chain"))


def target_findings(target: etree._Element, _: Tables) -> Iterator[Part]:
    """A target of the XML; `RecordError` for one that could not be reached, which stands among ``invalidTargets``."""
    if etree.QName(target).localname == "invalidTarget":
        raise RecordError(f"{(target.text or '').strip()}: {target.get('error') or 'it could not be reached'}")
    yield from findings(
        Server(
            host=target.get("host", ""),
            ip=target.get("ip", ""),
            port=target.get("port", ""),
            suites={new: _accepted(target.find(f"{{*}}{old}")) for old, new in _OF_XML.items()},
            heartbleed=_says(target, "heartbleed/{*}openSslHeartbleed", "isVulnerable", "True"),
            ccs=_says(target, "openssl_ccs/{*}openSslCcsInjection", "isVulnerable", "True"),
            robot=_of(target, "robot/{*}robotAttack", "resultEnum"),
            renegotiation_by_client=_says(target, "reneg/{*}sessionRenegotiation", "canBeClientInitiated", "True"),
            insecure_renegotiation=_says(target, "reneg/{*}sessionRenegotiation", "isSecure", "False"),
            compression=_says(target, "compression/{*}compressionMethod", "isSupported", "True"),
            certificate=list(_of_certificate_in_xml(target)),
        )
    )


def _accepted(protocol: etree._Element | None) -> list[str]:
    found = protocol.findall("{*}acceptedCipherSuites/{*}cipherSuite") if protocol is not None else ()
    return [suite.get("name", "") for suite in found]


def _of_certificate_in_xml(target: etree._Element) -> Iterator[str]:
    validations = [one.get("validationResult", "") for one in target.iterfind(".//{*}pathValidation")]
    if validations and "ok" not in validations:
        yield "No store of trusted certificates trusts the certificate"
    if any(one.get("certificateMatchesServerHostname") == "False" for one in target.iterfind(".//{*}hostnameValidation")):
        yield "The certificate is for another name"


def _of(target: etree._Element, path: str, attribute: str) -> str:
    found = target.find(f"{{*}}{path}")
    return "" if found is None else found.get(attribute, "")


def _says(target: etree._Element, path: str, attribute: str, word: str) -> bool:
    return _of(target, path, attribute) == word


FORMAT = Format(
    slug="sslyze",
    scanner="SSLyze",
    asset_type=AssetType.INFRA,
    variants=(
        JsonVariant(JsonSignature(keys={"server_scan_results"}, any_of=({"sslyze_url", "sslyze_version"},)), Report, sections),
        JsonVariant(JsonSignature(keys={"accepted_targets", "sslyze_version"}), Report, sections),
        XmlVariant(
            XmlSignature(root="document", text=("SSLyze",)), ("target", "invalidTarget"), target_findings, looked="results"
        ),
    ),
    names=("SSLyze Scan (JSON)", "Sslyze Scan"),
    aliases=("sslyze_json", "sslyze_xml"),
    produce="sslyze --json_out=sslyze.json shop.example",
    sources=(
        "https://nabla-c0d3.github.io/sslyze/documentation/json-output.html",
        "https://github.com/nabla-c0d3/sslyze/tree/release/sslyze/json",
        "https://wiki.mozilla.org/Security/Server_Side_TLS",
    ),
)
