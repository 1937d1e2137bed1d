/** A job or bulk as it happens, over the service's WebSocket: after a break it goes on behind the last event that was seen,
 *  with whichever replica answers. */
import { address } from "../api/client";

export interface Frame {
  type: "connected" | "heartbeat" | "pong" | "status" | "log" | "progress" | "complete" | "error";
  timestamp: string;
  seq?: number;
  data: {
    status?: string;
    progress?: number;
    current_step?: string;
    message?: string;
    level?: string;
    error_message?: string;
    assets_imported?: number;
    vulnerabilities_imported?: number;
  };
}

export type Connection = "connecting" | "live" | "broken" | "over";

export interface Watcher {
  onFrame: (frame: Frame) => void;
  onConnection?: (state: Connection) => void;
}

const FIRST_PAUSE = 500;
const LONGEST_PAUSE = 15_000;
const REFUSED = 1008;

/** Watches until it has ended, or the returned function is called. `path` is `ws/job-…` or `ws/bulks/bulk-…`. */
export function watch(path: string, watcher: Watcher): () => void {
  let after = 0;
  let pause = FIRST_PAUSE;
  let isOver = false;
  let timer = 0;
  let socket: WebSocket | undefined;
  const tell = (state: Connection): void => watcher.onConnection?.(state);

  function connect(): void {
    const url = address(path);
    url.protocol = url.protocol === "https:" ? "wss:" : "ws:";
    url.searchParams.set("after", String(after));
    const opening = new WebSocket(url);
    socket = opening;
    opening.onopen = () => {
      if (isOver) opening.close();
    };
    opening.onmessage = (message: MessageEvent<string>) => {
      if (isOver) return;
      const frame = JSON.parse(message.data) as Frame;
      if (frame.type === "connected") {
        pause = FIRST_PAUSE;
        tell("live");
        return;
      }
      if (frame.seq !== undefined) after = frame.seq;
      if (frame.type !== "heartbeat") watcher.onFrame(frame);
      if (frame.type === "complete" || frame.type === "error") end();
    };
    opening.onclose = (closed) => {
      if (isOver) return;
      if (closed.code === 1000 || closed.code === REFUSED) {
        end();
        return;
      }
      tell("broken");
      timer = setTimeout(connect, pause * (0.75 + Math.random() / 2));
      pause = Math.min(pause * 2, LONGEST_PAUSE);
    };
  }

  function end(): void {
    isOver = true;
    tell("over");
    stop();
  }

  function stop(): void {
    isOver = true;
    clearTimeout(timer);
    // one that is not open yet is closed once it is: browsers complain on the console of what is closed before
    if (socket?.readyState !== WebSocket.CONNECTING) socket?.close();
  }

  tell("connecting");
  connect();
  return stop;
}
