/** What belongs to a job and can be long: its log, requests, skipped records, what was put aside, and webhooks. */
import { useEffect, useRef, useState } from "preact/hooks";
import { filled, get, post, reach } from "../api/client";
import type { Job } from "../api/types";
import { Button, Empty, Facts, Loading, Problem, Status, Table } from "../components/basics";
import { bytes, count, time, timeOfDay } from "../format";
import { useLoaded } from "../hooks";
import type { Frame } from "../live/socket";
import { may, useSession } from "../session";

const EVERY = 3000;
const FIRST_SHOWN = 200;

function Download({ job, what, label }: { job: Job; what: "logs" | "skipped" | "batches"; label: string }) {
  const url = filled(`/api/v1/jobs/{job_id}/${what}`, { job_id: job.job_id }, {});
  return (
    <a class="button plain" href={url.href} download={`${job.job_id}-${what}.${what === "logs" ? "jsonl" : "json"}`}>
      {label}
    </a>
  );
}

export function Log({ job, frames }: { job: Job; frames: readonly Frame[] }) {
  const lines = frames.filter((frame) => frame.type === "log" || frame.data.error_message);
  const list = useRef<HTMLDivElement>(null);
  const [follows, setFollows] = useState(true);
  useEffect(() => {
    if (follows && list.current) list.current.scrollTop = list.current.scrollHeight;
  }, [lines.length, follows]);
  return (
    <>
      <div class="panel-head">
        <label class="check small">
          <input type="checkbox" checked={follows} onChange={(event) => setFollows(event.currentTarget.checked)} />
          <span>Follow</span>
        </label>
        <Download job={job} what="logs" label="Download all events" />
      </div>
      {lines.length ? (
        <div class="log" role="log" aria-label="Log" tabIndex={0} ref={list}>
          <ol>
          {lines.map((frame) => (
            <li key={frame.seq ?? frame.timestamp} class={(frame.data.level ?? (frame.type === "error" ? "ERROR" : "INFO")).toLowerCase()}>
              <time dateTime={frame.timestamp}>{timeOfDay(frame.timestamp)}</time>
              <span>{frame.data.message ?? frame.data.error_message}</span>
            </li>
          ))}
          </ol>
        </div>
      ) : (
        <p class="hint">Nothing has been said yet.</p>
      )}
    </>
  );
}

export function Requests({ job }: { job: Job }) {
  const isOver = job.completed_at !== null && job.completed_at !== undefined;
  const loaded = useLoaded(
    (signal) => get("/api/v1/jobs/{job_id}/batches", { path: { job_id: job.job_id }, signal }),
    [job.job_id, job.status],
    isOver ? 0 : EVERY,
  );
  if (!loaded.value) return loaded.error ? <Problem error={loaded.error} retry={loaded.reload} /> : <Loading />;
  const { batches } = loaded.value;
  if (!batches.length) return <Empty title="No requests">They are planned once the report has been read.</Empty>;
  return (
    <>
      <div class="panel-head">
        <span class="hint">{count(batches.length)} bodies for Phoenix, in the order in which they are sent</span>
        <Download job={job} what="batches" label="Download" />
      </div>
      <Table label="Requests" head={["No.", "State", "Import", "Assets", "Findings", "Size", "Attempts", "Phoenix's id or error"]}>
        {batches.slice(0, FIRST_SHOWN).map((batch) => (
          <tr key={batch.number}>
            <td>{batch.number}</td>
            <td>
              <Status status={batch.state} />
            </td>
            <td>{batch.import_type}</td>
            <td class="number">{count(batch.assets)}</td>
            <td class="number">{count(batch.findings)}</td>
            <td class="number">{bytes(batch.size_bytes)}</td>
            <td class="number">{batch.attempts}</td>
            <td>{batch.error ?? <code>{batch.request_id ?? "–"}</code>}</td>
          </tr>
        ))}
      </Table>
      <More shown={FIRST_SHOWN} total={batches.length} />
    </>
  );
}

interface SkippedRecord {
  place: string;
  reason: string;
}

export function Skipped({ job }: { job: Job }) {
  const loaded = useLoaded((signal) => firstSkipped(job.job_id, signal), [job.job_id, job.status]);
  if (!loaded.value) return loaded.error ? <Problem error={loaded.error} retry={loaded.reload} /> : <Loading />;
  if (!loaded.value.length) return <Empty title="Nothing was skipped">Every record that could be a finding became one.</Empty>;
  return (
    <>
      <div class="panel-head">
        <span class="hint">Records that did not become findings, each with its place in the report and the reason</span>
        <Download job={job} what="skipped" label="Download all" />
      </div>
      <Table label="Skipped records" head={["Place", "Why"]}>
        {loaded.value.map((record) => (
          <tr key={`${record.place} ${record.reason}`}>
            <td>
              <code>{record.place}</code>
            </td>
            <td>{record.reason}</td>
          </tr>
        ))}
      </Table>
      <More shown={loaded.value.length} total={job.skipped ?? 0} />
    </>
  );
}

/** Read only as far as it is shown: there may be millions. */
async function firstSkipped(id: string, signal: AbortSignal): Promise<SkippedRecord[]> {
  const url = filled("/api/v1/jobs/{job_id}/skipped", { job_id: id }, {});
  const response = await reach(url, { headers: { Accept: "application/x-ndjson" }, signal });
  const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader();
  const lines: string[] = [];
  let rest = "";
  while (reader && lines.length < FIRST_SHOWN) {
    const { value, done } = await reader.read();
    if (done) break;
    const pieces = (rest + value).split("\n");
    rest = pieces.pop() ?? "";
    lines.push(...pieces);
  }
  await reader?.cancel();
  return lines.slice(0, FIRST_SHOWN).map((line) => JSON.parse(line) as SkippedRecord);
}

export function Dismissed({ job }: { job: Job }) {
  const dismissed = Object.entries(job.dismissed ?? {});
  const repairs = Object.entries((job.batch_summary?.repairs ?? {}) as Record<string, number>);
  const unrated = (job.batch_summary?.unrated ?? 0) as number;
  if (!job.merged && !dismissed.length && !repairs.length && !unrated) {
    return <Empty title="Nothing was put aside">No finding was merged, dismissed or repaired.</Empty>;
  }
  return (
    <div class="columns">
      <div>
        <h3>Merged</h3>
        <p>
          {count(job.merged ?? 0)} findings are the same for Phoenix as another one of the report. That one says in{" "}
          <code>details.merged</code> what each of them says.
        </p>
        <h3>Rated nowhere</h3>
        <p>{count(unrated)} findings have no severity in the report; they are imported as 1.0.</p>
      </div>
      <div>
        <h3>Dismissed by the tool or a team</h3>
        {dismissed.length ? <Facts facts={dismissed.map(([reason, number]) => [reason, count(number)])} /> : <p>None.</p>}
        <p class="hint">Counted, and imported only where the upload says “include dismissed”.</p>
        <h3>Repaired for Phoenix</h3>
        {repairs.length ? <Facts facts={repairs.map(([kind, number]) => [kind, count(number)])} /> : <p>None.</p>}
      </div>
    </div>
  );
}

export function Webhooks({ job }: { job: Job }) {
  const session = useSession();
  const [problem, setProblem] = useState<Error>();
  const loaded = useLoaded((signal) => get("/api/v1/jobs/{job_id}/webhooks", { path: { job_id: job.job_id }, signal }), [job.job_id, job.status]);
  if (!loaded.value) return loaded.error ? <Problem error={loaded.error} retry={loaded.reload} /> : <Loading />;
  if (!loaded.value.webhooks.length) return <Empty title="No webhooks">They are sent when the job ends, if the upload names a URL.</Empty>;
  const replay = (id: string): void => {
    post("/api/v1/webhooks/{webhook_id}/replay", { path: { webhook_id: id } }).then(loaded.reload, setProblem);
  };
  return (
    <>
      <Problem error={problem} />
      <Table label="Webhooks" head={["Id", "Made", "Delivered", "Attempts", "Last answer", ""]}>
        {loaded.value.webhooks.map((webhook) => {
          const last = webhook.attempts.at(-1);
          return (
            <tr key={webhook.id}>
              <td>
                <code>{webhook.id}</code>
              </td>
              <td>{time(webhook.created_at)}</td>
              <td>{time(webhook.delivered_at)}</td>
              <td class="number">{webhook.attempts.length}</td>
              <td>{last?.status_code ?? last?.error ?? "–"}</td>
              <td>{may(session, "admin") && <Button onClick={() => replay(webhook.id)}>Send again</Button>}</td>
            </tr>
          );
        })}
      </Table>
    </>
  );
}

function More({ shown, total }: { shown: number; total: number }) {
  return total > shown ? <p class="hint">The first {count(shown)} of {count(total)}; the download has all.</p> : null;
}
