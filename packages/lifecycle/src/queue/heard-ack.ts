/** An acknowledgement as the driver reports it. */
import type { Ack } from '../domain/message.js';

export interface HeardAck {
  readonly messageKey: string;
  readonly messageId: string;
  readonly ack: Ack;
}

/** Acknowledgements come late, twice and out of order. 0 says nothing yet; -1 yields to a server that took it after all. */
export const outweighs = (heard: Ack, known: Ack | null): boolean =>
  known === null || (heard !== 0 && (known === 0 || heard > known));
