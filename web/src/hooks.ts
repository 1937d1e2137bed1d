/** What pages load, and load again. */
import { useCallback, useEffect, useRef, useState } from "preact/hooks";

export interface Loaded<T> {
  value: T | undefined;
  error: Error | undefined;
  /** Now, whatever the clock says. */
  reload: () => void;
}

/** Asks when `keys` change, and every so many milliseconds while the page is looked at. What was there stays until there is more. */
export function useLoaded<T>(ask: (signal: AbortSignal) => Promise<T>, keys: readonly unknown[], every = 0): Loaded<T> {
  const [value, setValue] = useState<T>();
  const [error, setError] = useState<Error>();
  const [turn, setTurn] = useState(0);
  const latest = useRef(ask);
  latest.current = ask;
  useEffect(() => {
    setValue(undefined);
    setError(undefined);
  }, keys);
  useEffect(() => {
    const asking = new AbortController();
    let timer = 0;
    const load = async (): Promise<void> => {
      try {
        const found = document.hidden && every ? undefined : await latest.current(asking.signal);
        if (asking.signal.aborted) return;
        if (found !== undefined) setValue(found);
        setError(undefined);
      } catch (problem) {
        if (asking.signal.aborted) return;
        setError(problem as Error);
      }
      if (every) timer = setTimeout(load, every);
    };
    void load();
    return () => {
      asking.abort();
      clearTimeout(timer);
    };
  }, [...keys, turn, every]);
  const reload = useCallback(() => setTurn((last) => last + 1), []);
  return { value, error, reload };
}

/** The value once it has not changed for a moment: what is typed need not be asked letter by letter. */
export function useSettled<T>(value: T, milliseconds = 250): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), milliseconds);
    return () => clearTimeout(timer);
  }, [value, milliseconds]);
  return settled;
}

/** Renders again each second while something goes on. */
export function useClock(isRunning: boolean): number {
  const [now, setNow] = useState(Date.now());
  useEffect(() => {
    if (!isRunning) return undefined;
    const timer = setInterval(() => setNow(Date.now()), 1000);
    return () => clearInterval(timer);
  }, [isRunning]);
  return now;
}

/** The title of the document, for tabs, history and screen readers. */
export function useTitle(title: string): void {
  useEffect(() => {
    document.title = `${title} · Phoenix Scanner`;
  }, [title]);
}

/** Closing the page while it sends would cut the reports off. */
export function useLeaveWarning(isSending: boolean): void {
  const sending = useRef(isSending);
  sending.current = isSending;
  useEffect(() => {
    const warn = (event: BeforeUnloadEvent): void => {
      if (sending.current) event.preventDefault();
    };
    addEventListener("beforeunload", warn);
    return () => removeEventListener("beforeunload", warn);
  }, []);
}
