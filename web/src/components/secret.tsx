/** What is shown once. */
import { useState } from "preact/hooks";
import { Button } from "./basics";

export function Secret({ label, value, onClose }: { label: string; value: string; onClose: () => void }) {
  const [isCopied, setCopied] = useState(false);
  const copy = (): void => {
    navigator.clipboard?.writeText(value).then(() => setCopied(true), () => undefined);
  };
  return (
    <div class="notice" role="status">
      <p>
        <strong>{label}</strong>: copy it now, it is not shown again.
      </p>
      <pre class="code" tabIndex={0}>
        <code>{value}</code>
      </pre>
      <div class="actions">
        <Button onClick={copy}>{isCopied ? "Copied" : "Copy"}</Button>
        <Button kind="quiet" onClick={onClose}>
          I have it
        </Button>
      </div>
    </div>
  );
}
