/** The service's API, with the types of its own OpenAPI document. Addresses are below the page's own, whatever path that has. */
import type { paths } from "./schema";

type Method = "get" | "post" | "patch" | "delete";
type Operation<P extends keyof paths, M extends Method> = paths[P][M];
type Content<R> = R extends { content: { "application/json": infer T } } ? T : undefined;
type Answer<O> = O extends { responses: infer R } ? Content<R[keyof R & (200 | 201 | 202 | 204)]> : never;
type Body<O> = O extends { requestBody?: { content: { "application/json": infer T } } } ? T : never;
type Parameters<O> = O extends { parameters: infer Q } ? Q : never;
type Path<O> = Parameters<O> extends { path: infer T } ? T : Record<string, never>;
type Query<O> = Parameters<O> extends { query?: infer T } ? T : Record<string, never>;

export interface Asked<O> {
  path?: Path<O>;
  query?: Query<O>;
  body?: Body<O>;
  signal?: AbortSignal;
}

/** A refusal of the service, in its own words; or that it could not be reached (status 0). */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
  ) {
    super(message);
  }
}

/** A browser has begun to read by then what it was told to save. */
const KEPT_FOR = 60_000;

let onSignedOut = (): void => undefined;

/** Called whenever the service no longer knows who asks. */
export function whenSignedOut(call: () => void): void {
  onSignedOut = call;
}

export function address(path: string): URL {
  return new URL(path.replace(/^\//, ""), document.baseURI.replace(/#.*$/, ""));
}

export function get<P extends keyof paths>(route: P, asked: Asked<Operation<P, "get">> = {}) {
  return send<Operation<P, "get">>("GET", route, asked);
}

export function post<P extends keyof paths>(route: P, asked: Asked<Operation<P, "post">> = {}) {
  return send<Operation<P, "post">>("POST", route, asked);
}

export function patch<P extends keyof paths>(route: P, asked: Asked<Operation<P, "patch">>) {
  return send<Operation<P, "patch">>("PATCH", route, asked);
}

export function remove<P extends keyof paths>(route: P, asked: Asked<Operation<P, "delete">>) {
  return send<Operation<P, "delete">>("DELETE", route, asked);
}

async function send<O>(method: string, route: string, asked: Asked<O>): Promise<Answer<O>> {
  const headers: Record<string, string> = asked.body === undefined ? {} : { "Content-Type": "application/json" };
  const body = asked.body === undefined ? null : JSON.stringify(asked.body);
  const url = filled(route, asked.path ?? {}, asked.query ?? {});
  const response = await reach(url, { method, headers, body, signal: asked.signal ?? null });
  return (response.status === 204 ? undefined : await response.json()) as Answer<O>;
}

/** What `fetch` gives, if it is no refusal. Raises `ApiError`. */
export async function reach(url: URL, init: RequestInit): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url, { ...init, credentials: "same-origin" });
  } catch (error) {
    if (error instanceof DOMException && error.name === "AbortError") throw error;
    throw new ApiError(0, "unreachable", "The service cannot be reached. Check the connection; the page tries again by itself.");
  }
  if (response.ok) return response;
  throw refusal(response.status, await response.text());
}

/** Keeps what the service gives as a file, by the name that it gives it. Raises `ApiError`, where a link would keep the refusal or nothing. */
export async function keep(url: URL): Promise<void> {
  const response = await reach(url, {});
  const name = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get("Content-Disposition") ?? "")?.[1];
  const link = document.createElement("a");
  link.href = URL.createObjectURL(await response.blob());
  link.download = decodeURIComponent(name ?? "report");
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), KEPT_FOR);
}

export function refusal(status: number, text: string): ApiError {
  if (status === 401) onSignedOut();
  try {
    const told = JSON.parse(text) as { error?: string; message?: string };
    return new ApiError(status, told.error ?? "error", told.message ?? `The service answered ${status}.`);
  } catch {
    return new ApiError(status, "error", `The service answered ${status}.`);
  }
}

export function filled(route: string, path: object, query: object): URL {
  const url = address(route.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(String((path as Record<string, unknown>)[name]))));
  for (const [name, value] of Object.entries(query)) {
    if (value !== undefined && value !== null && value !== "") url.searchParams.set(name, String(value));
  }
  return url;
}
