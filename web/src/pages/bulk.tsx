/** One bulk: how far it is, by state, scanner and reason, and what it left out. */
import { useEffect, useState } from "preact/hooks";
import { get, post, remove } from "../api/client";
import { type Bulk, hasEnded } from "../api/types";
import { Button, Card, Facts, Loading, PageHead, Problem, Progress, Status, Table, Tabs } from "../components/basics";
import { Dialog } from "../components/dialog";
import { bytes, count, time } from "../format";
import { useLoaded, useTitle } from "../hooks";
import { type Frame, watch } from "../live/socket";
import { linkTo } from "../router";
import { may, useSession } from "../session";

const EVERY = 3000;
type Tab = "jobs" | "skipped" | "log";

export function BulkPage({ id }: { id: string }) {
  const session = useSession();
  const [isOver, setOver] = useState(false);
  const loaded = useLoaded((signal) => get("/api/v1/bulks/{bulk_id}", { path: { bulk_id: id }, signal }), [id], isOver ? 0 : EVERY);
  const bulk = loaded.value;
  useEffect(() => setOver(bulk !== undefined && hasEnded(bulk.status)), [bulk?.status]);
  useTitle(bulk?.name || "Bulk");
  const log = useBulkLog(bulk?.bulk_id);
  const [tab, setTab] = useState<Tab>("jobs");
  const [asked, setAsked] = useState(false);
  const [problem, setProblem] = useState<Error>();
  if (!bulk) return loaded.error ? <Problem error={loaded.error} retry={loaded.reload} /> : <Loading />;
  const retry = (): void => {
    post("/api/v1/bulks/{bulk_id}/retry", { path: { bulk_id: bulk.bulk_id } }).then(loaded.reload, setProblem);
  };
  const canRetry = bulk.status === "failed" || bulk.status === "cancelled";
  return (
    <div class="page">
      <p class="back">
        <a href={linkTo("bulks")}>Bulks</a>
      </p>
      <PageHead title={bulk.name || bulk.bulk_id} lead={`${count(bulk.jobs)} jobs of ${count(bulk.registered)} reports`}>
        <Status status={bulk.status} />
        {may(session, "submit") && !hasEnded(bulk.status) && (
          <Button kind="danger" onClick={() => setAsked(true)}>
            Cancel
          </Button>
        )}
        {may(session, "submit") && canRetry && (
          <Button kind="primary" onClick={retry}>
            Retry what is missing
          </Button>
        )}
      </PageHead>
      <Problem error={problem ?? loaded.error} />
      {bulk.error_message && (
        <div class="problem" role="alert">
          <p>{bulk.error_message}</p>
        </div>
      )}
      <Progress value={bulk.progress} label="Progress" />
      <div class="columns three">
        <Counts title="By state" counts={bulk.by_status} />
        <Counts title="By scanner" counts={bulk.by_scanner} />
        <Counts title="Failed, by reason" counts={bulk.by_error} />
      </div>
      <Card>
        <Tabs<Tab>
          tabs={[
            ["jobs", `Jobs (${count(bulk.jobs)})`],
            ["skipped", `Left out (${count(bulk.skipped)})`],
            ["log", "Log"],
          ]}
          chosen={tab}
          choose={setTab}
        />
        <div role="tabpanel" aria-labelledby={`tab-${tab}`} class="panel">
          {tab === "jobs" && <Jobs bulk={bulk} />}
          {tab === "skipped" && <LeftOut bulk={bulk} />}
          {tab === "log" && <Log frames={log} />}
        </div>
      </Card>
      {asked && (
        <Dialog
          title="Cancel this bulk?"
          action="Cancel bulk"
          kind="danger"
          onClose={() => setAsked(false)}
          onConfirm={async () => {
            await remove("/api/v1/bulks/{bulk_id}", { path: { bulk_id: bulk.bulk_id } });
            loaded.reload();
          }}
        >
          <p>All of its jobs are cancelled. What was imported stays.</p>
        </Dialog>
      )}
    </div>
  );
}

function useBulkLog(id: string | undefined): readonly Frame[] {
  const [frames, setFrames] = useState<readonly Frame[]>([]);
  useEffect(() => {
    if (!id) return undefined;
    setFrames([]);
    return watch(`ws/bulks/${encodeURIComponent(id)}`, { onFrame: (frame) => setFrames((before) => [...before, frame]) });
  }, [id]);
  return frames.filter(({ type, data }) => type === "log" || data.error_message);
}

function Counts({ title, counts }: { title: string; counts: Readonly<Record<string, number>> }) {
  const sorted = Object.entries(counts).sort((first, second) => second[1] - first[1]);
  return (
    <Card title={title}>
      {sorted.length ? <Facts facts={sorted.map(([name, number]) => [name, count(number)])} /> : <p class="hint">None.</p>}
    </Card>
  );
}

function Jobs({ bulk }: { bulk: Bulk }) {
  const [page, setPage] = useState(1);
  const size = 50;
  const loaded = useLoaded(
    (signal) => get("/api/v1/bulks/{bulk_id}/jobs", { path: { bulk_id: bulk.bulk_id }, query: { page, page_size: size }, signal }),
    [bulk.bulk_id, page],
    hasEnded(bulk.status) ? 0 : EVERY,
  );
  if (!loaded.value) return loaded.error ? <Problem error={loaded.error} retry={loaded.reload} /> : <Loading />;
  return (
    <>
      <Table label="Jobs of the bulk" head={["Report", "State", "Scanner", "Findings", "Size", "Ended"]}>
        {loaded.value.jobs.map((job) => (
          <tr key={job.job_id}>
            <td>
              <a href={linkTo("jobs", job.job_id)}>{job.filename}</a>
            </td>
            <td>
              <Status status={job.status} />
            </td>
            <td>{job.scanner_type}</td>
            <td class="number">{count(job.vulnerabilities_imported)}</td>
            <td class="number">{bytes(job.file_size_bytes)}</td>
            <td>{time(job.completed_at)}</td>
          </tr>
        ))}
      </Table>
      {loaded.value.total > size && (
        <div class="actions">
          <Button disabled={page === 1} onClick={() => setPage(page - 1)}>
            Before
          </Button>
          <Button disabled={page * size >= loaded.value.total} onClick={() => setPage(page + 1)}>
            Next
          </Button>
        </div>
      )}
    </>
  );
}

function LeftOut({ bulk }: { bulk: Bulk }) {
  const loaded = useLoaded(
    (signal) => get("/api/v1/bulks/{bulk_id}/skipped", { path: { bulk_id: bulk.bulk_id }, query: { limit: 200 }, signal }),
    [bulk.bulk_id, bulk.skipped],
  );
  if (!loaded.value) return loaded.error ? <Problem error={loaded.error} retry={loaded.reload} /> : <Loading />;
  if (!loaded.value.skipped.length) return <p class="hint">Every report became a job.</p>;
  return (
    <Table label="Left out" head={["Report", "Why"]}>
      {loaded.value.skipped.map((member) => (
        <tr key={member.number}>
          <td>{member.name}</td>
          <td>{member.reason}</td>
        </tr>
      ))}
    </Table>
  );
}

function Log({ frames }: { frames: readonly Frame[] }) {
  if (!frames.length) return <p class="hint">Nothing has been said yet.</p>;
  return (
    <div class="log" role="log" aria-label="Log" tabIndex={0}>
      <ol>
      {frames.map((frame) => (
        <li key={frame.seq ?? frame.timestamp} class={(frame.data.level ?? "INFO").toLowerCase()}>
          <time dateTime={frame.timestamp}>{time(frame.timestamp)}</time>
          <span>{frame.data.message ?? frame.data.error_message}</span>
        </li>
      ))}
      </ol>
    </div>
  );
}
