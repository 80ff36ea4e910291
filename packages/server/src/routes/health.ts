/** The two probes: open to all, and cheap. */
import { type InstanceManager, isLifecycleError, type LifecycleError, messageOf } from '@wakeeper/lifecycle';
import { Hono } from 'hono';
import { z } from 'zod';
import type { AppEnv } from '../http/app-env.js';
import { byDeadline } from '../http/deadline.js';
import { anyQuery, described, told } from '../http/described.js';
import { Problem } from '../http/problem.js';

const STORE_DEADLINE_MS = 2000;

/** To a disk that does not answer any more, or to another owner. */
const LOST = ['STORE_UNAVAILABLE', 'STORE_LOCKED'] as const;

const well = told(z.object({ status: z.literal('ok') }), 'All is well.');

export function healthRoutes(manager: InstanceManager) {
  let lost: LifecycleError | null = null;
  void manager.storeLost.then((error) => {
    lost = error;
  });
  /** Nothing but a new process helps; whoever asks whether this one lives must hear it. */
  const refuseWhenLost = (): void => {
    if (lost)
      throw new Problem(lost.code, {
        detail: `Nothing can be stored by this process any more: ${lost.message}`,
      });
  };
  let checking: Promise<void> | null = null;
  /** Probes that come while the store is asked share its answer, so that a slow one is not asked ever more. */
  const checkStore = (): Promise<void> => {
    checking ??= manager.checkStore().finally(() => {
      checking = null;
    });
    return checking;
  };

  return new Hono<AppEnv>()
    .get(
      '/healthz',
      described(
        {
          id: 'isAlive',
          tag: 'operations',
          summary: 'Whether the process answers',
          answers: { 200: well },
          problems: LOST,
        },
        anyQuery,
      ),
      (c) => {
        refuseWhenLost();
        return c.json({ status: 'ok' as const });
      },
    )
    .get(
      '/readyz',
      described(
        {
          id: 'isReady',
          tag: 'operations',
          summary: 'Whether it takes requests and can write to its store',
          answers: { 200: well },
          problems: [...LOST, 'SHUTTING_DOWN'],
        },
        anyQuery,
      ),
      async (c) => {
        refuseWhenLost();
        if (!manager.accepting)
          throw new Problem('SHUTTING_DOWN', { detail: 'The server is shutting down.' });
        try {
          await byDeadline(c.req.raw, STORE_DEADLINE_MS, checkStore);
        } catch (error) {
          const code = isLifecycleError(error) && error.code !== 'TIMEOUT' ? error.code : 'STORE_UNAVAILABLE';
          throw new Problem(code, { detail: `The store cannot be written: ${messageOf(error)}` });
        }
        return c.json({ status: 'ok' as const });
      },
    );
}
