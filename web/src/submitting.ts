/** Files on their way to the service: what each is, and sending it. */
import { ApiError, address, filled, post, reach, refusal } from "./api/client";
import type { Trial } from "./api/types";

/** `path` has the folders that it was chosen with. */
export interface PickedFile {
  file: File;
  path: string;
}

export interface Options {
  scanner_type: string;
  import_type: "new" | "merge" | "delta";
  priority: "low" | "normal" | "high";
  assessment_name: string;
  asset_type: string;
  enable_batching: boolean;
  fix_data: boolean;
  anonymize: boolean;
  just_tags: boolean;
  create_empty_assets: boolean;
  create_inventory_assets: boolean;
  include_dismissed: boolean;
  webhook_url: string;
}

export const DEFAULTS: Options = {
  scanner_type: "",
  import_type: "new",
  priority: "normal",
  assessment_name: "",
  asset_type: "",
  enable_batching: true,
  fix_data: true,
  anonymize: false,
  just_tags: false,
  create_empty_assets: false,
  create_inventory_assets: false,
  include_dismissed: false,
  webhook_url: "",
};

const HEAD_BYTES = 65_536;
const LARGE_BYTES = 64_000_000;
const LONGEST_PAUSE = 4000;

export function keyOf({ file, path }: PickedFile): string {
  return `${path} ${file.size} ${file.lastModified}`;
}

/** What a report is by its first bytes, in words. */
export async function detect(file: File): Promise<string> {
  if (!file.size) return "empty: name its scanner, if it writes nothing when it finds nothing";
  try {
    const told = await tryReport(file.slice(0, HEAD_BYTES), file.name, { head: true });
    if (told.format) return told.format;
    if (told.is_packed) return "packed: known once it is opened";
    if (told.error) return told.error;
    return told.closest.length ? `unknown, resembles ${told.closest.join(", ")}` : "unknown format";
  } catch (problem) {
    return problem instanceof ApiError && problem.code === "limit_reached" ? "known once it is sent" : (problem as Error).message;
  }
}

/** Reads it as a job would, and keeps nothing. */
export async function tryReport(data: Blob, filename: string, query: { head?: boolean; scanner_type?: string }): Promise<Trial> {
  const url = filled("/api/v1/trials", {}, { filename: printable(filename), ...query });
  const headers = { "Content-Type": "application/octet-stream" };
  const response = await reach(url, { method: "POST", headers, body: data });
  return (await response.json()) as Trial;
}

/** The id of the job. What is large goes in parts, so that a break costs no more than one of them. */
export function upload(picked: PickedFile, options: Options, onSent: (bytes: number) => void): Promise<string> {
  return picked.file.size > LARGE_BYTES ? uploadInParts(picked, options, onSent) : uploadWhole(picked, options, onSent);
}

/** A break in the connection does not send it twice: the same key gets the first one's job. */
async function uploadWhole({ file, path }: PickedFile, options: Options, onSent: (bytes: number) => void): Promise<string> {
  const form = new FormData();
  for (const [name, value] of Object.entries({ ...said(options), path: printable(path) })) form.append(name, String(value));
  form.append("file", file, file.name);
  const headers = { "Idempotency-Key": randomKey() };
  const answer = await again(() => send("POST", address("api/v1/upload"), form, headers, onSent));
  return (JSON.parse(answer) as { job_id: string }).job_id;
}

async function uploadInParts(picked: PickedFile, options: Options, onSent: (bytes: number) => void): Promise<string> {
  const upload_id = await store(picked.file, { ...said(options), path: printable(picked.path) }, onSent);
  const job = await post("/api/v1/jobs", { body: { upload_id, options: {} as never } });
  return job.job_id;
}

/** What a bulk consists of. */
export interface BulkOrder {
  name: string;
  archives: readonly File[];
  prefixes: readonly string[];
  /** Patterns of names that are left out. */
  without: readonly string[];
  options: Options;
}

/** The id of the bulk, once its archives are sent. */
export async function orderBulk(order: BulkOrder, onSent: (bytes: number) => void): Promise<string> {
  const archives: string[] = [];
  let before = 0;
  for (const file of order.archives) {
    archives.push(await store(file, {}, (bytes) => onSent(before + bytes)));
    before += file.size;
  }
  const rules = order.without.map((pattern) => ({ pattern, skip: true }));
  const { name, prefixes } = order;
  const bulk = await post("/api/v1/bulks", { body: { name, archives, prefixes, rules, options: said(order.options) } as never });
  return bulk.bulk_id;
}

/** In parts, so that a break costs no more than one of them; gives back the upload's id. */
async function store(file: File, options: object, onSent: (bytes: number) => void): Promise<string> {
  const body = { filename: file.name, size_bytes: file.size, options: options as never };
  const order = await post("/api/v1/uploads", { body });
  for (let number = 1; number <= order.part_count; number++) {
    const start = (number - 1) * order.part_size_bytes;
    const part = file.slice(start, start + order.part_size_bytes);
    const url = filled("/api/v1/uploads/{upload_id}/parts/{number}", { upload_id: order.upload_id, number }, {});
    await again(() => send("PUT", url, part, {}, (bytes) => onSent(start + bytes)));
  }
  return order.upload_id;
}

/** What differs from the defaults, which are the service's own. */
function said(options: Options): Record<string, string | boolean> {
  return Object.fromEntries(Object.entries(options).filter(([name, value]) => value !== DEFAULTS[name as keyof Options]));
}

/** Where the connection broke off, a few times more; what is refused stays refused. */
async function again<T>(work: () => Promise<T>): Promise<T> {
  for (let pause = 500; ; pause *= 2) {
    try {
      return await work();
    } catch (problem) {
      if (!(problem instanceof ApiError) || problem.status !== 0 || pause > LONGEST_PAUSE) throw problem;
      await new Promise((resolve) => setTimeout(resolve, pause));
    }
  }
}

/** By `XMLHttpRequest`, which tells how much is sent; `fetch` does not. */
function send(method: string, url: URL, body: Blob | FormData, headers: Record<string, string>, onSent: (bytes: number) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open(method, url);
    for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
    request.upload.onprogress = (event) => onSent(event.loaded);
    request.onerror = () => reject(new ApiError(0, "unreachable", "The connection broke off; send it again."));
    request.onload = () => {
      if (request.status < 300) resolve(request.responseText);
      else reject(refusal(request.status, request.responseText));
    };
    request.send(body);
  });
}

function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]/g, " ").slice(-1000);
}
