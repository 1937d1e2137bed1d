/** A question that has to be answered first. The browser's own dialog keeps the keyboard in it, and closes it by Escape. */
import type { ComponentChildren } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { Button, Problem } from "./basics";

interface Props {
  title: string;
  /** Of the button that does it. */
  action: string;
  kind?: "primary" | "danger";
  onClose: () => void;
  /** Closed once this is done; what it raises is shown. Without one the dialog only tells something. */
  onConfirm?: () => Promise<void>;
  children: ComponentChildren;
}

export function Dialog({ title, action, kind = "primary", onClose, onConfirm, children }: Props) {
  const element = useRef<HTMLDialogElement>(null);
  const [error, setError] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  useEffect(() => element.current?.showModal(), []);
  const confirm = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      await onConfirm?.();
      onClose();
    } catch (problem) {
      setError(problem as Error);
      setBusy(false);
    }
  };
  return (
    <dialog ref={element} onClose={onClose} aria-labelledby="dialog-title">
      <form onSubmit={confirm}>
        <h2 id="dialog-title">{title}</h2>
        {children}
        <Problem error={error} />
        <div class="actions end">
          {onConfirm && <Button onClick={onClose}>Close</Button>}
          <Button type="submit" kind={kind} disabled={isBusy}>
            {action}
          </Button>
        </div>
      </form>
    </dialog>
  );
}
