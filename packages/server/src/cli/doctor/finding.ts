/** What the doctor has found: one sentence, and what to do about it where something is wrong. */

export interface Finding {
  /** What was looked at, in one word. */
  readonly check: string;
  /** `note`: it works, and is worth knowing. `wrong`: the server or its instances will fail by it. */
  readonly level: 'ok' | 'note' | 'wrong';
  readonly message: string;
  readonly remedy: string | null;
}

export const ok = (check: string, message: string): Finding => ({
  check,
  level: 'ok',
  message,
  remedy: null,
});
export const note = (check: string, message: string, remedy: string | null = null): Finding => ({
  check,
  level: 'note',
  message,
  remedy,
});
export const wrong = (check: string, message: string, remedy: string | null = null): Finding => ({
  check,
  level: 'wrong',
  message,
  remedy,
});
