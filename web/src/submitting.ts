/** Files on their way to the service: what each is, and sending it. */
import { ApiError, address, filled, reach, refusal } from "./api/client";
import type { Trial } from "./api/types";

/** `path` has the folders that it was chosen with. */
export interface PickedFile {
  file: File;
  path: string;
}

export interface Options {
  scanner_type: string;
  import_type: "new" | "merge" | "delta";
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

/** The id of the job. A break in the connection does not send twice: the same key gets the first one's job. */
export async function upload({ file, path }: PickedFile, options: Options, onSent: (bytes: number) => void): Promise<string> {
  const form = new FormData();
  for (const [name, value] of Object.entries(options)) {
    if (value !== DEFAULTS[name as keyof Options]) form.append(name, String(value));
  }
  form.append("path", printable(path));
  form.append("file", file, file.name);
  const key = randomKey();
  try {
    return await send(form, key, onSent);
  } catch (problem) {
    if (!(problem instanceof ApiError) || problem.status !== 0) throw problem;
    return send(form, key, onSent);
  }
}

/** By `XMLHttpRequest`, which tells how much is sent; `fetch` does not. */
function send(form: FormData, key: string, onSent: (bytes: number) => void): Promise<string> {
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest();
    request.open("POST", address("api/v1/upload"));
    request.setRequestHeader("Idempotency-Key", key);
    request.upload.onprogress = (event) => onSent(event.loaded);
    request.onerror = () => reject(new ApiError(0, "unreachable", "The connection broke off; send it again."));
    request.onload = () => {
      if (request.status === 202) resolve((JSON.parse(request.responseText) as { job_id: string }).job_id);
      else void refusal(request.status, request.responseText).then(reject);
    };
    request.send(form);
  });
}

function randomKey(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => byte.toString(16).padStart(2, "0")).join("");
}

function printable(text: string): string {
  return text.replace(/[\u0000-\u001f\u007f]/g, " ").slice(-1000);
}
