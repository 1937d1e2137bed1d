"""Nessus XML (.nessus, version 2)."""

from collections.abc import Iterator
from html import escape

from benchmarks.reports.advisories import Advisory
from benchmarks.reports.contents import Contents
from benchmarks.reports.hosts import address, hostname, port
from benchmarks.reports.kind import LAP, Kind, Plan
from scanner import assets
from scanner.model import finding_identity

_LEVELS = {"CRITICAL": 4, "HIGH": 3, "MEDIUM": 2, "LOW": 1, "UNKNOWN": 0}
_RISKS = ("None", "Low", "Medium", "High", "Critical")
_HEAD = """<?xml version="1.0" ?>
<NessusClientData_v2>
<Policy><policyName>Bench</policyName><Preferences><ServerPreferences><preference><name>max_hosts</name><value>100</value>
</preference></ServerPreferences></Preferences></Policy>
<Report name="Bench" xmlns:cm="http://www.nessus.org/cm">
"""
_TAIL = "</Report>\n</NessusClientData_v2>\n"


def template(advisory: Advisory) -> bytes:
    level = _LEVELS[advisory.severity]
    cves = "".join(f"<cve>{cve}</cve>\n" for cve in advisory.cves)
    return f"""<ReportItem port="{LAP.decode()}" svc_name="www" protocol="tcp" severity="{level}" \
pluginID="{100_000 + advisory.number}" pluginName="{escape(advisory.title)}" pluginFamily="General">
<agent>unix</agent>
{cves}<cvss3_base_score>{advisory.score}</cvss3_base_score>
<cvss3_vector>{advisory.vector}</cvss3_vector>
<cwe>{advisory.cwe}</cwe>
<description>{escape(advisory.description)}</description>
<fname>bench_{advisory.number}.nasl</fname>
<plugin_modification_date>{advisory.published.replace("-", "/")}</plugin_modification_date>
<plugin_name>{escape(advisory.title)}</plugin_name>
<plugin_publication_date>{advisory.published.replace("-", "/")}</plugin_publication_date>
<plugin_type>remote</plugin_type>
<risk_factor>{_RISKS[level]}</risk_factor>
<see_also>{escape(chr(10).join(advisory.links))}</see_also>
<solution>{escape(advisory.solution)}</solution>
<synopsis>{escape(advisory.title)}</synopsis>
<plugin_output>
  Installed version : {advisory.installed}
  Fixed version     : {advisory.fixed or "none"}
</plugin_output>
</ReportItem>
""".encode()


def pieces(plan: Plan, contents: Contents) -> Iterator[bytes]:
    templates = [template(advisory) for advisory in plan.pool]
    yield _HEAD.encode()
    for asset, count in enumerate(plan.counts):
        ip, name = address(asset), hostname(asset)
        key = assets.infra(ip=ip, hostname=name).key().hex()
        yield f"""<ReportHost name="{ip}"><HostProperties>
<tag name="host-ip">{ip}</tag>
<tag name="host-fqdn">{name}</tag>
<tag name="operating-system">Linux Kernel 6.1 on Debian 12</tag>
<tag name="HOST_END">Tue Apr  1 10:00:00 2025</tag>
</HostProperties>
""".encode()
        for number in range(count):
            advisory, lap = plan.pick(asset, number)
            identity = finding_identity(advisory.title, f"{port(lap)}/tcp", list(advisory.cves))
            contents.found(key, identity, advisory.title)
            yield templates[advisory.number].replace(LAP, b"%d" % port(lap))
        yield b"</ReportHost>\n"
    yield _TAIL.encode()


KIND = Kind(slug="tenable", extension="nessus", pieces=pieces)
