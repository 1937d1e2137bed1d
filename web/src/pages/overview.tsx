/** Everything at a glance, renewed by itself. */
import { useState } from "preact/hooks";
import { get } from "../api/client";
import { type Health, type JobStatus, type Overview, STATUSES } from "../api/types";
import { Card, Empty, Facts, Loading, PageHead, Problem, Severities, Table } from "../components/basics";
import { Chart } from "../components/chart";
import { bytes, compact, count, duration, since } from "../format";
import { useLoaded, useTitle } from "../hooks";
import { linkTo } from "../router";
import { may, useSession } from "../session";
import { jobsOverTime, severitiesOverTime, totals } from "../series";

const EVERY = 10_000;
const SPANS = [
  [1, "24 hours"],
  [7, "7 days"],
  [14, "14 days"],
  [30, "30 days"],
  [90, "90 days"],
] as const;

export function OverviewPage() {
  useTitle("Overview");
  const session = useSession();
  const [days, setDays] = useState(14);
  const loaded = useLoaded((signal) => get("/api/v1/overview", { query: { days }, signal }), [days], EVERY);
  const health = useLoaded((signal) => get("/api/v1/health", { signal }), [], EVERY);
  const overview = loaded.value;
  return (
    <div class="page">
      <PageHead title="Overview" lead={`What ${session.scopes.includes("operator") ? "all tenants" : session.tenant} imported`}>
        <select aria-label="Span of time" value={days} onChange={(event) => setDays(Number(event.currentTarget.value))}>
          {SPANS.map(([number, label]) => (
            <option key={number} value={number}>
              Last {label}
            </option>
          ))}
        </select>
      </PageHead>
      <Problem error={loaded.error} retry={loaded.reload} />
      {!overview ? !loaded.error && <Loading /> : <Shown overview={overview} days={days} />}
      <div class="columns">
        <Card title="Health">{health.value ? <HealthFacts health={health.value} /> : <Problem error={health.error} />}</Card>
        {overview && may(session, "operator") && (
          <Card title="Slowest tenants">
            {overview.slowest_tenants.length ? (
              <Table label="Slowest tenants" head={["Tenant", "Jobs", "Mean", "Longest"]}>
                {overview.slowest_tenants.map((pace) => (
                  <tr key={pace.tenant}>
                    <td>
                      <a href={linkTo("tenants", pace.tenant)}>{pace.tenant}</a>
                    </td>
                    <td class="number">{count(pace.jobs)}</td>
                    <td class="number">{duration(pace.mean_seconds)}</td>
                    <td class="number">{duration(pace.longest_seconds)}</td>
                  </tr>
                ))}
              </Table>
            ) : (
              <p class="hint">No job was completed in this time.</p>
            )}
          </Card>
        )}
      </div>
    </div>
  );
}

function Shown({ overview, days }: { overview: Overview; days: number }) {
  const sums = totals(overview);
  const states = STATUSES.filter((status) => status !== "pending" || overview.by_status.pending);
  if (!Object.keys(overview.by_status).length) {
    return (
      <Card>
        <Empty title="No jobs yet">
          <a href={linkTo("submit")}>Submit a report</a> here, or by <code>phoenix-scan submit report.json</code>. This page fills by itself.
        </Empty>
      </Card>
    );
  }
  return (
    <>
      <ul class="stats">
        {states.map((status) => (
          <Stat key={status} status={status} number={overview.by_status[status] ?? 0} note={status === "queued" && overview.oldest_waiting ? `since ${since(overview.oldest_waiting)}` : ""} />
        ))}
      </ul>
      <div class="columns wide-left">
        <Card title="Findings by severity" aside={<span class="hint">{overview.by_hour ? "per hour" : "per day"}</span>}>
          <Chart data={severitiesOverTime(overview, days)} label="Findings by severity over time" />
          <Severities found={sums.severities} />
        </Card>
        <Card title="By scanner" aside={<span class="hint">findings</span>}>
          <Scanners scanners={sums.scanners} />
        </Card>
      </div>
      <Card
        title="Throughput"
        aside={
          <span class="hint">
            {count(sums.jobs)} jobs, {compact(sums.findings)} findings, {bytes(sums.bytes)}
          </span>
        }
      >
        <Chart data={jobsOverTime(overview, days)} label="Completed jobs over time" />
      </Card>
    </>
  );
}

function Stat({ status, number, note }: { status: JobStatus; number: number; note: string }) {
  return (
    <li>
      <a class={`stat ${status}`} href={`${linkTo("jobs")}?status=${status}`}>
        <strong>{count(number)}</strong>
        <span>{status === "processing" ? "running" : status}</span>
        <small>{note}</small>
      </a>
    </li>
  );
}

function Scanners({ scanners }: { scanners: readonly (readonly [string, number])[] }) {
  const most = Math.max(1, ...scanners.map(([, findings]) => findings));
  if (!scanners.length) return <p class="hint">Nothing was imported in this time.</p>;
  return (
    <ul class="bars">
      {scanners.slice(0, 10).map(([scanner, findings]) => (
        <li key={scanner}>
          <a href={`${linkTo("jobs")}?scanner=${encodeURIComponent(scanner)}`}>{scanner}</a>
          <span>{count(findings)}</span>
          <span class="bar" style={{ width: `${(findings / most) * 100}%` }} />
        </li>
      ))}
    </ul>
  );
}

function HealthFacts({ health }: { health: Health }) {
  const part = (name: string, { status, message }: { status: string; message?: string | null }) =>
    [
      name,
      <span key={name} class={`condition ${status}`}>
        {message ?? status}
      </span>,
    ] as const;
  return (
    <>
      <p class={`condition ${health.status} large`}>{health.status}</p>
      <Facts
        facts={[
          part("Database", health.database),
          part("Storage", health.storage),
          part("Ray", health.ray),
          ["Coordinators", `${health.workers.active_workers}, ${count(health.workers.running_jobs)} jobs under way`],
          ["Queue", `${count(health.queue.pending_jobs)} waiting, ${count(health.queue.processing_jobs)} running`],
          ["Version", health.version],
        ]}
      />
    </>
  );
}
