/** All jobs: found, ordered, watched, and several of them cancelled or retried at once. */
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { get, post, remove } from "../api/client";
import { type Job, type JobSort, type JobStatus, STATUSES, hasEnded } from "../api/types";
import { Button, Empty, PageHead, Problem } from "../components/basics";
import { Dialog } from "../components/dialog";
import { JobRow, ROW_HEIGHT } from "../components/job_row";
import { count } from "../format";
import { useLoaded, useSettled, useTitle } from "../hooks";
import { useWatchedJobs } from "../live/watched_jobs";
import { linkTo, replaceQuery } from "../router";
import { may, useSession } from "../session";
import { inTurn } from "../turns";

const PAGE_SIZE = 100;
const EVERY = 5000;
const ORDERS: readonly (readonly [JobSort, string])[] = [
  ["newest", "Newest first"],
  ["oldest", "Oldest first"],
  ["findings", "Most findings"],
  ["largest", "Largest report"],
  ["name", "Name"],
];

export function JobsPage({ query }: { query: URLSearchParams }) {
  useTitle("Jobs");
  const session = useSession();
  const [text, setText] = useState(query.get("q") ?? "");
  const [status, setStatus] = useState((query.get("status") ?? "") as JobStatus | "");
  const [scanner, setScanner] = useState(query.get("scanner") ?? "");
  const [order, setOrder] = useState((query.get("order") ?? "newest") as JobSort);
  const q = useSettled(text.trim());
  const filter = { q, status: status || undefined, scanner: scanner.trim(), order };
  useEffect(() => replaceQuery({ q, status, scanner, order: order === "newest" ? "" : order }), [q, status, scanner, order]);

  const [visible, setVisible] = useState<readonly [number, number]>([0, 20]);
  const keys = [q, status, filter.scanner, order];
  const [pages, total, error, reload] = useJobPages(filter, keys, visible);
  const jobs = useMemo(() => rows(pages, visible), [pages, visible]);
  const live = useWatchedJobs(jobs.flatMap((job) => (job && !hasEnded(job.status) ? [job.job_id] : [])));

  const [chosen, setChosen] = useState<ReadonlySet<string>>(new Set());
  const [asked, setAsked] = useState<"cancel" | "retry">();
  useEffect(() => setChosen(new Set()), keys);
  const choose = (id: string, on: boolean): void =>
    setChosen((before) => {
      const now = new Set(before);
      if (on) now.add(id);
      else now.delete(id);
      return now;
    });
  const chooseAll = async (): Promise<void> => setChosen(new Set(await everyId(filter, total ?? 0)));

  const isFiltered = Boolean(q || status || scanner);
  return (
    <div class="page">
      <PageHead title="Jobs" lead={total === undefined ? "" : `${count(total)} ${isFiltered ? "found" : "in all"}`}>
        {may(session, "submit") && (
          <a class="button primary" href={linkTo("submit")}>
            Submit reports
          </a>
        )}
      </PageHead>
      <div class="toolbar" role="search">
        <input
          type="search"
          aria-label="Search by report, assessment or id"
          placeholder="Report, assessment or id"
          value={text}
          onInput={(event) => setText(event.currentTarget.value)}
        />
        <select aria-label="State" value={status} onChange={(event) => setStatus(event.currentTarget.value as JobStatus | "")}>
          <option value="">All states</option>
          {STATUSES.map((name) => (
            <option key={name} value={name}>
              {name === "processing" ? "running" : name}
            </option>
          ))}
        </select>
        <input
          aria-label="Scanner"
          placeholder="Scanner, as trivy"
          class="narrow"
          value={scanner}
          onInput={(event) => setScanner(event.currentTarget.value)}
        />
        <select aria-label="Order" value={order} onChange={(event) => setOrder(event.currentTarget.value as JobSort)}>
          {ORDERS.map(([name, label]) => (
            <option key={name} value={name}>
              {label}
            </option>
          ))}
        </select>
      </div>
      {may(session, "submit") && Boolean(total) && (
        <div class="selection">
          <span role="status">{chosen.size ? `${count(chosen.size)} selected` : "Nothing selected"}</span>
          <Button kind="quiet" onClick={chosen.size ? () => setChosen(new Set()) : chooseAll}>
            {chosen.size ? "Select none" : `Select all ${count(total)}`}
          </Button>
          <Button disabled={!chosen.size} onClick={() => setAsked("retry")}>
            Retry
          </Button>
          <Button kind="danger" disabled={!chosen.size} onClick={() => setAsked("cancel")}>
            Cancel
          </Button>
        </div>
      )}
      <Problem error={error} retry={reload} />
      {total === 0 ? (
        isFiltered ? (
          <Empty title="No job is like that">Take away a filter, or look for a part of the name.</Empty>
        ) : (
          <Empty title="No jobs yet">
            <a href={linkTo("submit")}>Submit a report</a> here, or by <code>phoenix-scan submit report.json</code>.
          </Empty>
        )
      ) : (
        <JobTable
          total={total ?? 0}
          first={visible[0]}
          rows={jobs.map((job) => (job ? { ...job, ...liveOf(live.get(job.job_id)) } : undefined))}
          onVisible={setVisible}
          chosen={chosen}
          choose={may(session, "submit") ? choose : undefined}
        />
      )}
      {asked && <Together action={asked} ids={[...chosen]} onClose={() => { setAsked(undefined); setChosen(new Set()); reload(); }} />}
    </div>
  );
}

type Filter = { q: string; status: JobStatus | undefined; scanner: string; order: JobSort };
type Pages = ReadonlyMap<number, readonly Job[]>;

/** The pages that can be seen; thousands of jobs are never loaded at once. */
function useJobPages(filter: Filter, keys: readonly unknown[], [first, last]: readonly [number, number]): [Pages, number | undefined, Error | undefined, () => void] {
  const from = Math.floor(first / PAGE_SIZE) + 1;
  const to = Math.floor(last / PAGE_SIZE) + 1;
  const [total, setTotal] = useState<number>();
  const [pages, setPages] = useState<Pages>(new Map());
  useEffect(() => {
    setTotal(undefined);
    setPages(new Map());
  }, keys);
  const loaded = useLoaded(
    async (signal) => {
      const numbers = from === to ? [from] : [from, to];
      const found = await Promise.all(
        numbers.map((page) => get("/api/v1/jobs", { query: { ...filter, page, page_size: PAGE_SIZE }, signal })),
      );
      setTotal(found[0]?.total);
      setPages((before) => new Map([...before, ...found.map(({ page, jobs }) => [page, jobs] as const)]));
      return found;
    },
    [...keys, from, to],
    EVERY,
  );
  return [pages, total, loaded.error, loaded.reload];
}

function rows(pages: Pages, [first, last]: readonly [number, number]): (Job | undefined)[] {
  return Array.from({ length: last - first }, (_, offset) => {
    const place = first + offset;
    return pages.get(Math.floor(place / PAGE_SIZE) + 1)?.[place % PAGE_SIZE];
  });
}

function liveOf(known: { status: string; progress: number; step: string } | undefined): Partial<Job> {
  if (!known?.status) return {};
  return { status: known.status as JobStatus, progress: known.progress, current_step: known.step };
}

interface TableProps {
  total: number;
  first: number;
  rows: readonly (Job | undefined)[];
  onVisible: (range: readonly [number, number]) => void;
  chosen: ReadonlySet<string>;
  choose?: (id: string, on: boolean) => void;
}

/** Draws the rows that can be seen, in a list that is as long as all of them. */
function JobTable({ total, first, rows: shown, onVisible, chosen, choose }: TableProps) {
  const frame = useRef<HTMLDivElement>(null);
  useEffect(() => {
    const element = frame.current;
    if (!element) return undefined;
    const look = (): void => {
      const top = Math.floor(element.scrollTop / ROW_HEIGHT);
      const some = Math.ceil(element.clientHeight / ROW_HEIGHT) + 1;
      const start = Math.max(0, Math.min(top - 5, total - 1));
      onVisible([start, Math.min(top + some + 5, total)]);
    };
    look();
    element.addEventListener("scroll", look, { passive: true });
    addEventListener("resize", look);
    return () => {
      element.removeEventListener("scroll", look);
      removeEventListener("resize", look);
    };
  }, [total]);
  return (
    <div class="jobs" ref={frame} role="table" aria-label="Jobs" aria-rowcount={total + 1} tabIndex={0}>
      <div class="job-row job-head" role="row" aria-rowindex={1}>
        <span role="columnheader">{choose && <span class="unseen">Selected</span>}</span>
        <span role="columnheader">Report</span>
        <span role="columnheader">State</span>
        <span role="columnheader">Scanner</span>
        <span role="columnheader" class="number">
          Findings
        </span>
        <span role="columnheader" class="number">
          Size
        </span>
        <span role="columnheader">Submitted</span>
      </div>
      <div class="job-rows" role="rowgroup" style={{ height: `${total * ROW_HEIGHT}px` }}>
        {shown.map((job, offset) => (
          <JobRow key={first + offset} job={job} place={first + offset} isChosen={job ? chosen.has(job.job_id) : false} choose={choose} />
        ))}
      </div>
    </div>
  );
}

async function everyId(filter: Filter, total: number): Promise<string[]> {
  const ids: string[] = [];
  for (let page = 1; (page - 1) * PAGE_SIZE < total; page++) {
    const found = await get("/api/v1/jobs", { query: { ...filter, page, page_size: PAGE_SIZE } });
    ids.push(...found.jobs.map((job) => job.job_id));
  }
  return ids;
}

/** One request for each job; those that cannot be done any more are counted, not an error. */
function Together({ action, ids, onClose }: { action: "cancel" | "retry"; ids: readonly string[]; onClose: () => void }) {
  const [done, setDone] = useState(0);
  const [left, setLeft] = useState(0);
  const isOver = done + left === ids.length;
  const work = async (): Promise<void> => {
    await inTurn(ids, 6, async (id) => {
      try {
        await (action === "cancel" ? remove("/api/v1/jobs/{job_id}", { path: { job_id: id } }) : post("/api/v1/jobs/{job_id}/retry", { path: { job_id: id } }));
        setDone((number) => number + 1);
      } catch {
        setLeft((number) => number + 1);
      }
    });
    await new Promise((resolve) => setTimeout(resolve, 700));
  };
  const many = `${count(ids.length)} ${ids.length === 1 ? "job" : "jobs"}`;
  return (
    <Dialog title={action === "cancel" ? `Cancel ${many}?` : `Retry ${many}?`} action={action === "cancel" ? "Cancel jobs" : "Retry jobs"} kind={action === "cancel" ? "danger" : "primary"} onClose={onClose} onConfirm={work}>
      <p>
        {action === "cancel"
          ? "Waiting jobs end at once, running ones when what they are sending is settled. Jobs that have ended stay as they are."
          : "What was imported stays; only what is missing is sent. Jobs that run or are complete stay as they are."}
      </p>
      {done + left > 0 && (
        <p role="status">
          {count(done)} done{left > 0 && `, ${count(left)} left as they are`} {isOver && "– that is all."}
        </p>
      )}
    </Dialog>
  );
}
