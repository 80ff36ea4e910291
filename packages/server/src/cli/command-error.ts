/** Why a command could not do what it was asked: what is wrong, and what to do about it. */
export class CommandError extends Error {
  override readonly name = 'CommandError';
  /** A problem code of the server, or one of this program's own. */
  readonly code: string;
  /** A sentence; null where the message says it already. */
  readonly remedy: string | null;

  constructor(code: string, message: string, remedy: string | null = null, cause?: unknown) {
    super(message, cause === undefined ? undefined : { cause });
    this.code = code;
    this.remedy = remedy;
  }
}
