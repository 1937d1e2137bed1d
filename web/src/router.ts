/** Where in the page one is: the part of the address behind `#`, which no server has to know. */
import { useEffect, useState } from "preact/hooks";

export interface Place {
  /** `jobs`, `job-…` of `#/jobs/job-…?q=x`. */
  parts: string[];
  query: URLSearchParams;
}

export function placeOf(hash: string): Place {
  const [path = "", query = ""] = hash.replace(/^#\/?/, "").split("?", 2);
  return { parts: path.split("/").filter(Boolean).map(decoded), query: new URLSearchParams(query) };
}

export function usePlace(): Place {
  const [hash, setHash] = useState(location.hash);
  useEffect(() => {
    const moved = (): void => setHash(location.hash);
    addEventListener("hashchange", moved);
    return () => removeEventListener("hashchange", moved);
  }, []);
  return placeOf(hash);
}

export function linkTo(...parts: string[]): string {
  return `#/${parts.map(encodeURIComponent).join("/")}`;
}

/** Another query of the same place, without a step in the history. */
export function replaceQuery(query: Record<string, string>): void {
  const kept = Object.entries(query).filter(([, value]) => value !== "");
  const path = location.hash.split("?", 1)[0] || "#/";
  const text = new URLSearchParams(kept).toString();
  history.replaceState(null, "", text ? `${path}?${text}` : path);
}

function decoded(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
