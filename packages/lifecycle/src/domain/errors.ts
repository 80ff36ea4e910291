/** One error class and a closed set of codes: classes multiply, codes travel over HTTP. */

/** What a caller can be told. The HTTP status of each stands in the server's problem table. */
export const ERROR_CODES = [
  'INVALID_INPUT',
  'RECIPIENT_INVALID',
  'INSTANCE_NOT_FOUND',
  'INSTANCE_EXISTS',
  'INSTANCE_STOPPED',
  'INSTANCE_ERROR',
  'INSTANCE_NOT_READY',
  'NEEDS_QR',
  'NO_QR',
  'NUMBER_ALREADY_LINKED',
  'NO_PASSKEY',
  'RESTART_BUDGET_USED_UP',
  'MESSAGE_NOT_FOUND',
  'CHAT_NOT_FOUND',
  'QUEUE_FULL',
  'QUEUE_ITEM_NOT_FOUND',
  'QUEUE_ITEM_SETTLED',
  'IDEMPOTENCY_MISMATCH',
  'RECIPIENT_NOT_FOUND',
  'RECIPIENT_TIMELOCKED',
  'QUOTED_MESSAGE_NOT_FOUND',
  'MESSAGE_REFUSED',
  'MEDIA_TOO_LARGE',
  'MEDIA_NOT_FOUND',
  'MESSAGE_EXPIRED',
  'MAX_ATTEMPTS',
  'UNCERTAIN',
  'CANCELLED',
  'LOOKUP_FAILED',
  'TIMEOUT',
  'STORE_UNAVAILABLE',
  'STORE_LOCKED',
  'STORE_SCHEMA',
  'PROFILE_IN_USE',
  'PROFILE_NOT_FOUND',
  'SHUTTING_DOWN',
  'NOT_SUPPORTED',
  'INCOMPATIBLE_PAGE',
] as const;
export type ErrorCode = (typeof ERROR_CODES)[number];

const mark = Symbol.for('wakeeper.LifecycleError');

export interface ErrorOptions {
  /** A sentence with the next step in it. Nothing secret. */
  readonly message: string;
  readonly details?: Readonly<Record<string, unknown>>;
  readonly cause?: unknown;
}

export class LifecycleError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'LifecycleError';
  readonly code: C;
  readonly details: Readonly<Record<string, unknown>>;
  readonly [mark] = true;

  constructor(code: C, options: ErrorOptions) {
    super(options.message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.details = options.details ?? {};
  }
}

/** True also for an error of another copy of this package. */
export const isLifecycleError = (error: unknown, code?: ErrorCode): error is LifecycleError =>
  typeof error === 'object' &&
  error !== null &&
  mark in error &&
  (!code || (error as LifecycleError).code === code);

/** A sentence out of anything thrown: whatsapp-web.js throws bare strings too. Never throws. */
export function messageOf(thrown: unknown): string {
  if (thrown instanceof Error) return thrown.message;
  if (typeof thrown === 'string') return thrown;
  try {
    return JSON.stringify(thrown) ?? 'unknown';
  } catch {
    // It holds itself, or what JSON has no words for.
    return Object.prototype.toString.call(thrown);
  }
}
