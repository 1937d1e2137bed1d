/** Reports dropped, looked at, sent, and watched to their end. */
import { useState } from "preact/hooks";
import { get } from "../api/client";
import { hasEnded } from "../api/types";
import { Button, Card, Empty, PageHead, Problem, Progress, Status } from "../components/basics";
import { DropZone } from "../components/drop_zone";
import { OptionFields } from "../components/option_fields";
import { bytes, count } from "../format";
import { useLeaveWarning, useLoaded, useTitle } from "../hooks";
import { type Progress as Told, useWatchedJobs } from "../live/watched_jobs";
import { linkTo } from "../router";
import { DEFAULTS, type Options, type PickedFile, detect, keyOf, upload } from "../submitting";
import { inTurn } from "../turns";

/** One file on its way. */
interface Item {
  key: string;
  picked: PickedFile;
  detected?: string;
  sent: number;
  jobId?: string;
  error?: string;
  state: "chosen" | "sending" | "sent" | "failed";
}

const AT_ONCE = 3;
const DETECTED_AT_ONCE = 2;

export function SubmitPage() {
  useTitle("Submit");
  const [items, setItems] = useState<readonly Item[]>([]);
  const [options, setOptions] = useState<Options>(DEFAULTS);
  const [isSending, setSending] = useState(false);
  const formats = useLoaded((signal) => get("/api/v1/formats", { signal }), []);
  const live = useWatchedJobs(items.flatMap(({ jobId }) => (jobId ? [jobId] : [])));
  const change = (key: string, to: Partial<Item>): void =>
    setItems((before) => before.map((item) => (item.key === key ? { ...item, ...to } : item)));

  const add = (files: readonly PickedFile[]): void => {
    const known = new Set(items.map(({ key }) => key));
    const fresh = files
      .map((picked): Item => ({ key: keyOf(picked), picked, sent: 0, state: "chosen" }))
      .filter(({ key }) => !known.has(key) && known.add(key));
    setItems((before) => [...before, ...fresh]);
    void inTurn(fresh, DETECTED_AT_ONCE, async ({ key, picked }) => change(key, { detected: await detect(picked.file) }));
  };

  const waiting = items.filter(({ state }) => state === "chosen" || state === "failed");
  const send = async (): Promise<void> => {
    setSending(true);
    await inTurn(waiting, AT_ONCE, async ({ key, picked }) => {
      change(key, { state: "sending", sent: 0, error: undefined });
      try {
        const jobId = await upload(picked, options, (sent) => change(key, { sent }));
        change(key, { state: "sent", jobId });
      } catch (problem) {
        change(key, { state: "failed", error: (problem as Error).message });
      }
    });
    setSending(false);
  };

  const clear = (): void => setItems((before) => before.filter((item) => !isOver(item, live)));
  useLeaveWarning(isSending);
  return (
    <div class="page">
      <PageHead title="Submit" lead="Drop the reports of your scanners; the service finds out what each is." />
      <div class="submit">
        <div>
          <DropZone onFiles={add} />
          <Problem error={formats.error} />
          <Card
            title={items.length ? `${count(items.length)} ${items.length === 1 ? "report" : "reports"}` : "Reports"}
            aside={items.some((item) => isOver(item, live)) && <Button kind="quiet" onClick={clear}>Clear what is done</Button>}
          >
            {items.length ? (
              <ul class="files">
                {items.map((item) => (
                  <FileRow key={item.key} item={item} told={item.jobId ? live.get(item.jobId) : undefined} onRemove={() => setItems((before) => before.filter(({ key }) => key !== item.key))} />
                ))}
              </ul>
            ) : (
              <Empty title="Nothing chosen yet">Archives of reports (.zip, .gz, .zst) are taken as they are.</Empty>
            )}
          </Card>
        </div>
        <Card title="Options" class="options">
          <OptionFields options={options} onChange={setOptions} formats={formats.value?.formats ?? []} />
          <Button kind="primary" disabled={!waiting.length || isSending} onClick={send}>
            {isSending ? "Sending …" : waiting.length ? `Send ${count(waiting.length)} ${waiting.length === 1 ? "report" : "reports"}` : "Send"}
          </Button>
        </Card>
      </div>
    </div>
  );
}

function FileRow({ item, told, onRemove }: { item: Item; told: Told | undefined; onRemove: () => void }) {
  const { picked, state } = item;
  return (
    <li class="file">
      <div class="file-name">
        {item.jobId ? <a href={linkTo("jobs", item.jobId)}>{picked.path}</a> : <span>{picked.path}</span>}
        <small>
          {bytes(picked.file.size)} · {item.detected ?? "looking at it …"}
        </small>
        {(item.error || told?.error) && <small class="bad">{item.error ?? told?.error}</small>}
      </div>
      <div class="file-state">
        {state === "chosen" && (
          <Button kind="quiet" onClick={onRemove} aria-label={`Remove ${picked.path}`}>
            Remove
          </Button>
        )}
        {state === "failed" && <Status status="failed" />}
        {state === "sending" && <Progress value={(item.sent / Math.max(picked.file.size, 1)) * 100} label={`Sending ${picked.path}`} />}
        {state === "sent" && (
          <>
            <Status status={told?.status || "queued"} />
            {told && !hasEnded(told.status) && <Progress value={told.progress} label={`Progress of ${picked.path}`} />}
            {told?.findings !== undefined && <small>{count(told.findings)} findings</small>}
          </>
        )}
      </div>
    </li>
  );
}

function isOver({ jobId }: Item, live: ReadonlyMap<string, Told>): boolean {
  return jobId !== undefined && hasEnded(live.get(jobId)?.status ?? "");
}
