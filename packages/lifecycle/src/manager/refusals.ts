/** What the manager refuses whatever the state of an instance. */
import { LifecycleError } from '../domain/errors.js';

export const notFound = (id: string): LifecycleError =>
  new LifecycleError('INSTANCE_NOT_FOUND', {
    message: `There is no instance "${String(id).slice(0, 64)}".`,
  });

export const shuttingDown = (): LifecycleError =>
  new LifecycleError('SHUTTING_DOWN', { message: 'The server is shutting down.' });

export const exists = (id: string): LifecycleError =>
  new LifecycleError('INSTANCE_EXISTS', {
    message: `There is an instance "${id}" already.`,
    details: { id },
  });
