/** JSON in columns: text in, what was meant out. */
import { LifecycleError } from '../../domain/errors.js';
import type { SqlValue } from './sqlite-database.js';

/** @throws LifecycleError `INVALID_INPUT` when the value is not JSON. */
export function toJson(value: unknown): string {
  try {
    return JSON.stringify(value);
  } catch (cause) {
    throw new LifecycleError('INVALID_INPUT', { message: 'What is to be stored is not plain JSON.', cause });
  }
}

export const fromJson = (text: SqlValue | undefined): unknown =>
  typeof text === 'string' ? JSON.parse(text) : null;
