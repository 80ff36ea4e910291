/** `wakeeper send`: one text, and its receipt in words that promise no more than it does. */
import { randomUUID } from 'node:crypto';
import { setTimeout as pause } from 'node:timers/promises';
import { CommandError } from './command-error.js';
import { queueItemAnswer, type ReceiptAnswer, receiptAnswer } from './server-answers.js';
import { remedyOf, type ServerClient } from './server-client.js';
import { type ExitCode, jsonLine, type Terminal } from './terminal.js';

export interface SendArguments {
  readonly id: string;
  readonly to: string;
  readonly text: string;
}

export interface SendCommandOptions {
  /** Seconds; undefined does not wait beyond what the server does by itself. */
  readonly wait?: number | undefined;
  readonly idempotencyKey?: string | undefined;
  readonly json?: boolean | undefined;
}

/** The server keeps a request no longer than this. */
const SERVER_WAIT_S = 300;
const LOOK_EVERY_MS = 500;
/** What an answer of its own may take, when nothing is waited for. */
const SEND_WAIT_MS = 30_000;

export async function send(
  terminal: Terminal,
  client: ServerClient,
  { id, to, text }: SendArguments,
  { wait, idempotencyKey = `cli-${randomUUID()}`, json }: SendCommandOptions,
): Promise<ExitCode> {
  const until = performance.now() + (wait ?? 0) * 1000;
  const asked = wait === undefined ? undefined : Math.min(wait, SERVER_WAIT_S);
  const first = await client
    .ask({
      method: 'POST',
      path: `/v1/instances/${id}/messages${asked === undefined ? '' : `?wait=${asked}`}`,
      body: { to, text },
      headers: { 'idempotency-key': idempotencyKey },
      waitMs: asked === undefined ? SEND_WAIT_MS : asked * 1000,
      id,
      answer: receiptAnswer,
    })
    .catch((error: unknown) => {
      throw whetherAccepted(error, idempotencyKey);
    });
  const receipt =
    wait === undefined
      ? first
      : await settled(client, id, first, until).catch((error: unknown) => {
          throw whatBecame(error, first, idempotencyKey);
        });
  terminal.out(json ? jsonLine(receipt) : `${inWords(receipt, id)}\n`);
  if (receipt.status === 'sent') return 0;
  // Whoever waits wants to know that it was sent.
  return receipt.status === 'queued' && receipt.errorCode === null && wait === undefined ? 0 : 1;
}

/** When the answer is lost, only the key can tell a second try from a second message. */
function whetherAccepted(error: unknown, key: string): unknown {
  if (!(error instanceof CommandError) || !['TIMEOUT', 'CONNECTION_LOST'].includes(error.code)) return error;
  return new CommandError(
    error.code,
    `${error.message} Whether the message was accepted is not known.`,
    `The same command with --idempotency-key ${key} asks what became of it, and sends nothing twice.`,
    error,
  );
}

/** It was accepted: a server that is gone meanwhile must not make anybody send again. */
function whatBecame(error: unknown, { queueId }: ReceiptAnswer, key: string): unknown {
  if (!(error instanceof CommandError)) return error;
  return new CommandError(
    error.code,
    `The message was accepted as ${queueId}, and what became of it could not be asked. ${error.message}`,
    `The same command with --idempotency-key ${key} asks again, and sends nothing twice.`,
    error,
  );
}

/** The receipt as soon as the item is settled, or as it stands at the end of the wait. */
async function settled(
  client: ServerClient,
  id: string,
  receipt: ReceiptAnswer,
  until: number,
): Promise<ReceiptAnswer> {
  const { queueId } = receipt;
  if (receipt.status !== 'queued' || receipt.errorCode !== null || queueId === null) return receipt;
  // The server has no answer that waits for an item of an instance that is not ready.
  while (performance.now() < until) {
    await pause(Math.max(0, Math.min(LOOK_EVERY_MS, until - performance.now())));
    const path = `/v1/instances/${id}/queue/${encodeURIComponent(queueId)}`;
    const { status, messageId, error, errorCode } = await client.ask({ path, id, answer: queueItemAnswer });
    if (status === 'sent') return { ...receipt, status, messageId, error: null, errorCode: null };
    if (status === 'uncertain') return { ...receipt, messageId, error, errorCode: errorCode ?? 'UNCERTAIN' };
    if (status !== 'queued' && status !== 'sending')
      return { ...receipt, status: 'failed', messageId, error, errorCode: errorCode ?? status.toUpperCase() };
  }
  return receipt;
}

/** One sentence or two for people. */
export function inWords(receipt: ReceiptAnswer, id: string): string {
  const { status, errorCode, error, queueId, queueDepth, instanceState, messageId } = receipt;
  if (status === 'sent')
    return `sent: WhatsApp's server has acknowledged it${messageId === null ? '' : ` (message ${messageId})`}.`;
  if (status === 'failed') {
    const remedy = remedyOf(errorCode ?? '', id);
    return `failed: ${error ?? 'no reason was given'} (${errorCode ?? 'no code'})${remedy ? `\n${remedy}` : ''}`;
  }
  if (errorCode !== null)
    return `uncertain: ${error ?? 'nobody can know whether it was sent.'} (${errorCode}, queue item ${queueId ?? 'unknown'})\nLook at the chat before you send it again.`;
  const place = queueDepth === 1 ? 'the only one in the queue' : `one of ${queueDepth} in the queue`;
  const when =
    instanceState === 'ready'
      ? 'It is sent when its turn comes.'
      : `${id} is ${instanceState}; it is sent when that is ready.`;
  return `queued: kept by the server as ${queueId ?? 'an item'}, ${place}, not sent yet. ${when}`;
}
