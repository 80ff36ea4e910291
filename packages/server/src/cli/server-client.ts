/** Questions to a running server over HTTP. Whatever does not come back as asked is told as a CommandError. */
import { messageOf } from '@wakeeper/lifecycle';
import { z } from 'zod';
import type { ClientConfig } from '../config.js';
import { CommandError } from './command-error.js';

/** Beyond what the server was asked to wait. */
const DEADLINE_MS = 15_000;

const problem = z.object({ type: z.string(), code: z.string(), detail: z.string() });

/** Faults of a connection that was there: what was asked may have been done. */
const LOST: readonly unknown[] = ['ECONNRESET', 'EPIPE', 'UND_ERR_SOCKET'];

/** What to do here, at a terminal, where the server's own sentence cannot know it. */
const REMEDIES: Readonly<Record<string, string>> = {
  UNAUTHORIZED: "Set WAKEEPER_API_KEY to one of the server's API_KEYS.",
  FORBIDDEN: 'Ask it at a loopback address, or set API_KEYS at the server and WAKEEPER_API_KEY here.',
  INSTANCE_NOT_FOUND: '`wakeeper instances` lists those that there are; `wakeeper qr ID --create` makes one.',
  INSTANCE_STOPPED: '`wakeeper qr ID --start` starts it.',
  NEEDS_QR: '`wakeeper qr ID` shows the code to scan.',
  NO_QR: '`wakeeper instances` says how it is.',
  NO_PASSKEY: '`wakeeper passkey ID` waits until WhatsApp asks for one.',
};
export const remedyOf = (code: string, id?: string): string | null =>
  REMEDIES[code]?.replace('ID', id ?? 'ID') ?? null;

export interface Question<S extends z.ZodType> {
  readonly method?: 'GET' | 'POST';
  /** Below the server's address, for example `/v1/instances`. */
  readonly path: string;
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the server was asked to wait; the deadline comes after it. */
  readonly waitMs?: number;
  /** The instance that it is about, for the remedy. */
  readonly id?: string;
  readonly answer: S;
}

export class ServerClient {
  readonly url: string;
  readonly #apiKey: string | null;

  constructor({ url, apiKey }: ClientConfig) {
    this.url = url;
    this.#apiKey = apiKey;
  }

  /** @throws CommandError NOT_REACHABLE, CONNECTION_LOST, NOT_WAKEEPER, TIMEOUT, or the code of the server's problem */
  async ask<S extends z.ZodType>(question: Question<S>): Promise<z.output<S>> {
    const { status, json } = await this.#fetch(question);
    const answer = question.answer.safeParse(json);
    if (answer.success) return answer.data;
    const refused = problem.safeParse(json);
    if (!refused.success || !refused.data.type.startsWith('urn:wakeeper:'))
      throw this.#notWakeeper(`answers ${status} with something else`);
    const { code, detail } = refused.data;
    throw new CommandError(code, detail, remedyOf(code, question.id));
  }

  async #fetch({ method = 'GET', path, body, headers = {}, waitMs = 0 }: Question<z.ZodType>) {
    const deadlineMs = Math.ceil(waitMs) + DEADLINE_MS;
    let text: string;
    let status: number;
    try {
      const response = await fetch(`${this.url}${path}`, {
        method,
        signal: AbortSignal.timeout(deadlineMs),
        redirect: 'error',
        headers: {
          accept: 'application/json',
          ...(this.#apiKey === null ? {} : { 'x-api-key': this.#apiKey }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      status = response.status;
      text = await response.text();
    } catch (cause) {
      throw this.#unanswered(cause, deadlineMs);
    }
    try {
      return { status, json: JSON.parse(text) as unknown };
    } catch {
      throw this.#notWakeeper(`answers ${status} with something that is no JSON`);
    }
  }

  #unanswered(cause: unknown, deadlineMs: number): CommandError {
    if (cause instanceof Error && cause.name === 'TimeoutError')
      return new CommandError(
        'TIMEOUT',
        `The server at ${this.url} gave no answer within ${deadlineMs / 1000} s.`,
        'Look at its log; `wakeeper doctor` says what is wrong with this machine.',
        cause,
      );
    const inner: unknown = cause instanceof Error ? (cause.cause ?? cause) : cause;
    const reason = messageOf(inner) || 'without a reason';
    const code = inner instanceof Error && 'code' in inner ? inner.code : undefined;
    if (LOST.includes(code))
      return new CommandError(
        'CONNECTION_LOST',
        `The connection to ${this.url} was lost before there was an answer (${reason}).`,
        'Look at the log of the server.',
        cause,
      );
    return new CommandError(
      'NOT_REACHABLE',
      `No server answers at ${this.url} (${reason}).`,
      'Start it with `wakeeper serve`, or say where it is with --url or WAKEEPER_URL.',
      cause,
    );
  }

  #notWakeeper(what: string): CommandError {
    return new CommandError(
      'NOT_WAKEEPER',
      `What listens at ${this.url} is no wakeeper of this version: it ${what}.`,
      'Say where the server is with --url or WAKEEPER_URL.',
    );
  }
}
