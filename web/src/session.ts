/** Who is signed in, for the pages below. */
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Scope } from "./api/types";

export interface Session {
  tenant: string;
  actor: string;
  scopes: readonly Scope[];
}

/** Where no key is needed. */
export const ANYBODY: Session = { tenant: "default", actor: "anybody", scopes: ["submit", "read", "admin", "operator"] };

export const SessionContext = createContext<Session>(ANYBODY);

export function useSession(): Session {
  return useContext(SessionContext);
}

export function may(session: Session, scope: Scope): boolean {
  return session.scopes.includes(scope) || session.scopes.includes("operator");
}
