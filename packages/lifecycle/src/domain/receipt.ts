/** The answer to a send: the fields are the API, so they never change their meaning. */
import type { InstanceState } from './instance-state.js';

export interface Receipt {
  /** `sent`: WhatsApp's server took it. `queued`: durably accepted. `failed`: not accepted, or WhatsApp refused it. */
  readonly status: 'sent' | 'queued' | 'failed';
  readonly instanceState: InstanceState;
  /** Items accepted and not yet settled, this one included. */
  readonly queueDepth: number;
  readonly messageId: string | null;
  readonly queueId: string | null;
  readonly error: string | null;
  readonly errorCode: string | null;
}
