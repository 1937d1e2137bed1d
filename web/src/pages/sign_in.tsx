/** The key is exchanged for a cookie that no script can read, and kept nowhere else. */
import { useState } from "preact/hooks";
import { address, post } from "../api/client";
import type { Me, State } from "../api/types";
import { Button, Field, Problem } from "../components/basics";
import { Logo } from "../components/logo";
import { useTitle } from "../hooks";

export function SignIn({ state, hasEnded, onSignedIn }: { state: State; hasEnded: boolean; onSignedIn: (me: Me) => void }) {
  useTitle("Sign in");
  const [key, setKey] = useState("");
  const [error, setError] = useState<Error>();
  const [isBusy, setBusy] = useState(false);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    setError(undefined);
    try {
      onSignedIn(await post("/auth/session", { body: { key } }));
    } catch (problem) {
      setError(problem as Error);
      setBusy(false);
    }
  };
  return (
    <main class="sign-in">
      <div class="card">
        <Logo />
        <h1>Sign in</h1>
        {hasEnded && (
          <p class="notice" role="status">
            Your session has ended. Sign in again to go on where you were.
          </p>
        )}
        <form onSubmit={submit}>
          <Field label="API key" hint="Your administrator makes one for you. This page does not keep it.">
            <input
              type="password"
              name="key"
              autocomplete="current-password"
              spellcheck={false}
              required
              value={key}
              onInput={(event) => setKey(event.currentTarget.value)}
            />
          </Field>
          <Problem error={error} />
          <Button type="submit" kind="primary" disabled={isBusy || !key.trim()}>
            Sign in
          </Button>
        </form>
        {state.by_issuer && (
          <>
            <p class="or">or</p>
            <a class="button plain" href={address("auth/login?next=/").href}>
              Sign in with your organisation
            </a>
          </>
        )}
      </div>
    </main>
  );
}
