/** What belongs to a job and can be long: its log, requests, skipped records, what was put aside, and webhooks. */
import type { ComponentChildren } from "preact";
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
const NOT_KEPT = "Which they were is not kept any more.";

type Fate = "skipped" | "dismissed" | "merged";

function Download({ job, what, label }: { job: Job; what: "logs" | Fate | "batches"; label: string }) {
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
      <Table label="Requests" head={["No.", "State", "Import", "Assets", "Findings", "Size", "Attempts", "Phoenix's id or error"]} numbers={["Assets", "Findings", "Size", "Attempts"]}>
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

interface Records {
  skipped: { place: string; reason: string };
  dismissed: { place: string; reason: string; name: string; asset: string; note: string };
  merged: { asset: string; name: string; location: string; reason: string; differs: Record<string, string> };
}

export function Skipped({ job }: { job: Job }) {
  const loaded = useLoaded((signal) => firstRecords(job.job_id, "skipped", signal), [job.job_id, job.status]);
  if (!loaded.value) return loaded.error ? <Problem error={loaded.error} retry={loaded.reload} /> : <Loading />;
  if (!loaded.value.length && job.skipped) return <p class="hint">{NOT_KEPT}</p>;
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
async function firstRecords<F extends Fate>(id: string, fate: F, signal: AbortSignal): Promise<Records[F][]> {
  const url = filled(`/api/v1/jobs/{job_id}/${fate}`, { job_id: id }, {});
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
  return lines.slice(0, FIRST_SHOWN).map((line) => JSON.parse(line) as Records[F]);
}

export function Dismissed({ job }: { job: Job }) {
  const dismissed = Object.entries(job.dismissed ?? {});
  const repairs = Object.entries((job.batch_summary?.repairs ?? {}) as Record<string, number>);
  const unrated = (job.batch_summary?.unrated ?? 0) as number;
  if (!job.merged && !dismissed.length && !repairs.length && !unrated) {
    return <Empty title="Nothing was put aside">No finding was merged, dismissed or repaired.</Empty>;
  }
  return (
    <>
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
      {dismissed.length > 0 && <DismissedRecords job={job} total={dismissed.reduce((sum, [, number]) => sum + number, 0)} />}
      {!!job.merged && <MergedRecords job={job} total={job.merged} />}
    </>
  );
}

function DismissedRecords({ job, total }: { job: Job; total: number }) {
  const loaded = useLoaded((signal) => firstRecords(job.job_id, "dismissed", signal), [job.job_id, job.status]);
  if (!loaded.value) return loaded.error ? <Problem error={loaded.error} retry={loaded.reload} /> : <Loading />;
  return (
    <Told job={job} fate="dismissed" title="Dismissed findings" shown={loaded.value.length} total={total}>
      <Table label="Dismissed findings" head={["Place", "Finding", "Asset", "Why"]}>
        {loaded.value.map((record, number) => (
          <tr key={number}>
            <td>
              <code>{record.place}</code>
            </td>
            <td>{record.name}</td>
            <td>{record.asset}</td>
            <td>
              {words(record.reason)}
              {record.note && <small> {record.note}</small>}
            </td>
          </tr>
        ))}
      </Table>
    </Told>
  );
}

const MERGED_WHY: Record<string, string> = {
  identical: "says the same",
  less_severe: "less severe than the one that is kept",
  put_aside: "dismissed, the one that is kept is open",
  later: "as severe, and later in the report",
};

function MergedRecords({ job, total }: { job: Job; total: number }) {
  const loaded = useLoaded((signal) => firstRecords(job.job_id, "merged", signal), [job.job_id, job.status]);
  if (!loaded.value) return loaded.error ? <Problem error={loaded.error} retry={loaded.reload} /> : <Loading />;
  return (
    <Told job={job} fate="merged" title="Merged findings" shown={loaded.value.length} total={total}>
      <Table label="Merged findings" head={["Asset", "Finding", "Location", "Why", "Says differently"]}>
        {loaded.value.map((record, number) => (
          <tr key={number}>
            <td>{record.asset}</td>
            <td>{record.name}</td>
            <td>
              <code>{record.location}</code>
            </td>
            <td>{MERGED_WHY[record.reason] ?? words(record.reason)}</td>
            <td>
              {Object.entries(record.differs).map(([name, text]) => (
                <div key={name}>
                  {name}: <code>{text}</code>
                </div>
              ))}
            </td>
          </tr>
        ))}
      </Table>
    </Told>
  );
}

interface ToldProps {
  job: Job;
  fate: Fate;
  title: string;
  shown: number;
  total: number;
  children: ComponentChildren;
}

function Told({ job, fate, title, shown, total, children }: ToldProps) {
  return (
    <section>
      <div class="panel-head">
        <h3>{title}</h3>
        {shown > 0 && <Download job={job} what={fate} label={`Download ${fate}`} />}
      </div>
      {shown ? children : <p class="hint">{NOT_KEPT}</p>}
      {shown > 0 && <More shown={shown} total={total} />}
    </section>
  );
}

function words(reason: string): string {
  return reason.replaceAll("_", " ");
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
      <Table label="Webhooks" head={["Id", "Made", "Delivered", "Attempts", "Last answer", ""]} numbers={["Attempts"]}>
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
  return total > shown ? <p class="hint">The first {count(shown)} of {count(total)}; the download has all that are kept.</p> : null;
}
