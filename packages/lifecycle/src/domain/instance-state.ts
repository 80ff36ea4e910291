/** The five public words, and what a person asked for. The same five everywhere: chart, HTTP, webhooks, metrics. */
export const INSTANCE_STATES = ['ready', 'connecting', 'disconnected', 'needs_qr', 'error'] as const;
export type InstanceState = (typeof INSTANCE_STATES)[number];

/** What the operator asked for. Survives restarts and machines; drain and shutdown never change it. */
export type Wanted = 'running' | 'stopped';

/** A step of the restart ladder: `soft` reuses the client, `hard` kills the browser and makes a new one. */
export type Rung = 'soft' | 'hard';

/** The last thing that went wrong, as shown to people. `at` is in epoch milliseconds. */
export interface LastError {
  readonly code: string;
  readonly message: string;
  readonly at: number;
  /** The page's own word for why it logged out, where that is what went wrong. */
  readonly logoutReason?: string;
}

/** The account that an instance is paired with. */
export interface AccountIdentity {
  /** WhatsApp id, for example `4915112345678@c.us`. */
  readonly id: string;
  readonly phoneNumber: string | null;
  readonly pushName: string | null;
  /** The same account without its number, `…@lid`, where it is known beside the number. */
  readonly lid?: string;
}
