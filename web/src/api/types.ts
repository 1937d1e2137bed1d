/** Names for the answers that pages show. */
import type { components } from "./schema";

type Schemas = components["schemas"];
export type Job = Schemas["JobAnswer"];
export type JobStatus = Schemas["JobStatus"];
export type JobSort = Schemas["JobSort"];
export type Batch = Schemas["BatchAnswer"];
export type Bulk = Schemas["BulkAnswer"];
export type Format = Schemas["FormatAnswer"];
export type Health = Schemas["Health"];
export type Key = Schemas["KeyAnswer"];
export type Me = Schemas["MeAnswer"];
export type Overview = Schemas["OverviewAnswer"];
export type Scope = Schemas["Scope"];
export type State = Schemas["StateAnswer"];
export type Tenant = Schemas["TenantAnswer"];
export type Trial = Schemas["ReportTrialAnswer"];
export type AuditEntry = Schemas["AuditAnswer"];

export const STATUSES: readonly JobStatus[] = ["pending", "queued", "processing", "completed", "failed", "cancelled"];
export const SEVERITIES = ["critical", "high", "medium", "low", "info"] as const;
export type Severity = (typeof SEVERITIES)[number];

export function hasEnded(status: string): boolean {
  return status === "completed" || status === "failed" || status === "cancelled";
}
