/** One job: where it is, what it has said, and what has become of the report. */
import { useEffect, useState } from "preact/hooks";
import { filled, get, keep, post, remove } from "../api/client";
import { type Job, type JobStatus, hasEnded } from "../api/types";
import { Button, Card, Facts, Loading, PageHead, Problem, Progress, Severities, Status, Tabs } from "../components/basics";
import { Dialog } from "../components/dialog";
import { Timeline } from "../components/timeline";
import { between, bytes, count, time } from "../format";
import { useClock, useLoaded, useTitle } from "../hooks";
import { type Connection, type Frame, watch } from "../live/socket";
import { linkTo } from "../router";
import { may, useSession } from "../session";
import { Dismissed, Log, Requests, Skipped, Webhooks } from "./job_records";

type Tab = "log" | "requests" | "skipped" | "dismissed" | "webhooks";
const MOST_FRAMES = 5000;

export function JobPage({ id }: { id: string }) {
  const session = useSession();
  const loaded = useLoaded((signal) => get("/api/v1/jobs/{job_id}", { path: { job_id: id }, signal }), [id]);
  const [round, setRound] = useState(0);
  const { frames, connection } = useFrames(loaded.value?.job_id, round, loaded.reload);
  const isPlanned = frames.some(({ data }) => data.current_step?.startsWith("importing"));
  useEffect(() => {
    if (isPlanned) loaded.reload(); // what the report holds is known from here on
  }, [isPlanned]);
  const [tab, setTab] = useState<Tab>("log");
  const [asked, setAsked] = useState(false);
  useTitle(loaded.value?.filename ?? "Job");
  if (!loaded.value) return loaded.error ? <NoJob error={loaded.error} /> : <Loading />;
  const job = withFrames(loaded.value, frames);
  const isOver = hasEnded(job.status);
  const retry = async (): Promise<void> => {
    await post("/api/v1/jobs/{job_id}/retry", { path: { job_id: job.job_id } });
    loaded.reload();
    setRound((before) => before + 1);
  };
  return (
    <div class="page">
      <p class="back">
        <a href={linkTo("jobs")}>Jobs</a>
      </p>
      <PageHead title={job.filename} lead={job.assessment_name ?? job.job_id}>
        <Status status={job.status} />
        {may(session, "submit") && !isOver && (
          <Button kind="danger" onClick={() => setAsked(true)}>
            Cancel
          </Button>
        )}
        {may(session, "submit") && (job.status === "failed" || job.status === "cancelled") && <Retry retry={retry} />}
      </PageHead>
      {job.error_message && (
        <div class="problem" role="alert">
          <p>{job.error_message}</p>
        </div>
      )}
      <Card class="phases">
        {!isOver && <Progress value={job.progress} label="Progress" />}
        <Timeline frames={frames} job={job} />
        <p class="hint">
          {isOver ? `Took ${between(job.started_at ?? job.created_at, job.completed_at)}` : (job.current_step ?? job.status)} ·{" "}
          <Live connection={connection} />
        </p>
      </Card>
      <div class="columns">
        <div class="stack">
          <Card title="Findings by severity">
            <SeveritiesOf job={job} />
          </Card>
          <Card title="Outcome">
            <Outcome job={job} />
          </Card>
        </div>
        <Report job={job} />
      </div>
      <Card>
        <Tabs<Tab>
          tabs={[
            ["log", "Log"],
            ["requests", `Requests${job.batch_summary ? ` (${count(job.batch_summary.total_batches as number)})` : ""}`],
            ["skipped", `Skipped (${count(job.skipped ?? 0)})`],
            ["dismissed", "Merged and dismissed"],
            ["webhooks", "Webhooks"],
          ]}
          chosen={tab}
          choose={setTab}
        />
        <div role="tabpanel" aria-labelledby={`tab-${tab}`} class="panel">
          {tab === "log" && <Log job={job} frames={frames} />}
          {tab === "requests" && <Requests job={job} />}
          {tab === "skipped" && <Skipped job={job} />}
          {tab === "dismissed" && <Dismissed job={job} />}
          {tab === "webhooks" && <Webhooks job={job} />}
        </div>
      </Card>
      {asked && (
        <Dialog
          title="Cancel this job?"
          action="Cancel job"
          kind="danger"
          onClose={() => setAsked(false)}
          onConfirm={async () => {
            await remove("/api/v1/jobs/{job_id}", { path: { job_id: job.job_id } });
            loaded.reload();
          }}
        >
          <p>What was imported stays imported. What is being sent at this moment is settled first; nothing more is sent.</p>
        </Dialog>
      )}
    </div>
  );
}

function useFrames(id: string | undefined, round: number, onEnd: () => void): { frames: readonly Frame[]; connection: Connection } {
  const [frames, setFrames] = useState<readonly Frame[]>([]);
  const [connection, setConnection] = useState<Connection>("connecting");
  useEffect(() => {
    if (!id) return undefined;
    setFrames([]);
    const onFrame = (frame: Frame): void => {
      setFrames((before) => [...before.slice(-MOST_FRAMES), frame]);
      if (frame.type === "complete" || frame.type === "error") onEnd();
    };
    return watch(`ws/${encodeURIComponent(id)}`, { onFrame, onConnection: setConnection });
  }, [id, round]);
  return { frames, connection };
}

/** What the job's own answer says, brought up to what has been told since; the answer is newer once the job has ended. */
function withFrames(job: Job, frames: readonly Frame[]): Job {
  if (hasEnded(job.status)) return job;
  const last = frames.findLast((frame) => frame.data.status !== undefined);
  if (!last) return job;
  const { status, progress, current_step: step } = last.data;
  return { ...job, status: status as JobStatus, progress: progress ?? job.progress, current_step: step ?? job.current_step };
}

function Live({ connection }: { connection: Connection }) {
  const words: Record<Connection, string> = {
    connecting: "connecting …",
    live: "live",
    broken: "connection lost, trying again …",
    over: "complete",
  };
  return (
    <span class={`live ${connection}`} role="status">
      {words[connection]}
    </span>
  );
}

function Retry({ retry }: { retry: () => Promise<void> }) {
  const [error, setError] = useState<Error>();
  return (
    <>
      <Button kind="primary" onClick={() => retry().catch(setError)}>
        Retry
      </Button>
      <Problem error={error} />
    </>
  );
}

function SeveritiesOf({ job }: { job: Job }) {
  const found = job.batch_summary?.severities as Record<string, number> | undefined;
  if (found) return <Severities found={found} />;
  return <p class="hint">{hasEnded(job.status) ? "The report was not read to its end." : "Known once the report is read."}</p>;
}

function Outcome({ job }: { job: Job }) {
  const dismissed = Object.values(job.dismissed ?? {}).reduce((sum, number) => sum + number, 0);
  return (
    <Facts
      facts={[
        ["Findings imported", count(job.vulnerabilities_imported)],
        ["Assets imported", count(job.assets_imported)],
        ["Merged", count(job.merged)],
        ["Dismissed", count(job.dismissed ? dismissed : null)],
        ["Skipped", count(job.skipped)],
      ]}
    />
  );
}

function JobFacts({ job }: { job: Job }) {
  useClock(!hasEnded(job.status));
  return (
    <Facts
      facts={[
        ["Scanner", job.scanner_type],
        ["Asset type", job.asset_type ?? "–"],
        ["Import", job.import_type],
        ["Size", bytes(job.file_size_bytes)],
        ["Submitted", time(job.created_at)],
        [hasEnded(job.status) ? "Ran for" : "Running for", between(job.started_at, job.completed_at)],
        ["Id", <code key="id">{job.job_id}</code>],
      ]}
    />
  );
}

/** With the report as it was sent, unless it is not kept any more, or not for who asks: only the service knows. */
function Report({ job }: { job: Job }) {
  const [isFetching, setFetching] = useState(false);
  const [error, setError] = useState<Error>();
  const download = (): void => {
    setFetching(true);
    setError(undefined);
    keep(filled("/api/v1/jobs/{job_id}/report", { job_id: job.job_id }, {}))
      .catch(setError)
      .finally(() => setFetching(false));
  };
  const button = (
    <Button disabled={isFetching} onClick={download}>
      {isFetching ? "Downloading …" : "Download the report"}
    </Button>
  );
  return (
    <Card title="Report" aside={button}>
      <Problem error={error} />
      <JobFacts job={job} />
    </Card>
  );
}

function NoJob({ error }: { error: Error }) {
  return (
    <div class="page">
      <p class="back">
        <a href={linkTo("jobs")}>Jobs</a>
      </p>
      <h1>No such job</h1>
      <Problem error={error} />
      <p>It may belong to another tenant, or have been removed. The list shows all that you may see.</p>
    </div>
  );
}
