/** Instances: create, look, change, remove, and the four verbs of their lifecycle. */
import { INSTANCE_STATES, type InstanceManager, type InstanceView } from '@wakeeper/lifecycle';
import { type Context, Hono } from 'hono';
import { z } from 'zod';
import { json } from '../http/answer.js';
import type { AppEnv } from '../http/app-env.js';
import { byDeadline } from '../http/deadline.js';
import { type Answer, described, type Operation, told } from '../http/described.js';
import {
  expectedAccount,
  instanceId,
  labels,
  pageFields,
  pageQuery,
  proxy,
  waitQuery,
} from '../http/field.js';
import { body, instance, noBody, noQuery, query } from '../http/validate.js';
import {
  instanceJson,
  instancePage,
  instanceSchema,
  transitionJson,
  transitionPage,
} from './instance-json.js';

const createBody = z.strictObject({
  id: instanceId,
  start: z.boolean().meta({ description: 'False makes it stopped; true by default.' }).exactOptional(),
  labels: labels.exactOptional(),
  proxy: proxy.exactOptional(),
  expectedAccount: expectedAccount.exactOptional(),
});
const changeBody = createBody.pick({ labels: true, proxy: true, expectedAccount: true });
const restartBody = z.strictObject({
  mode: z
    .enum(['soft', 'hard'])
    .meta({ description: '`soft` keeps the browser, `hard` ends it; by default what the ladder would do.' })
    .exactOptional(),
});
const listQuery = z.strictObject({
  ...pageFields,
  state: z.enum(INSTANCE_STATES).exactOptional(),
  node: z.string().min(1).max(64).exactOptional(),
  label: z
    .string()
    .min(1)
    .max(321)
    .meta({ description: '`name` or `name:value`.', examples: ['team:sales'] })
    .exactOptional(),
});

const found: Answer = told(instanceSchema, 'The instance.');
const taken = told(
  instanceSchema,
  'The instance as it is now or, with `wait`, when nothing is under way any more.',
);
const COMMAND_PROBLEMS = ['STORE_UNAVAILABLE', 'SHUTTING_DOWN'] as const;

/** What somebody orders of an instance, which takes its time and may be waited for. */
const command = ({
  problems = [],
  ...said
}: Pick<Operation, 'id' | 'summary' | 'description' | 'problems'>) =>
  described(
    { ...said, tag: 'instances', answers: { 202: taken }, problems: [...problems, ...COMMAND_PROBLEMS] },
    query(waitQuery),
  );

export function instanceRoutes(manager: InstanceManager) {
  /** The instance now or, with `?wait`, as soon as nothing is under way any more. */
  const outcome = async (c: Context<AppEnv>, view: InstanceView, wait = 0): Promise<InstanceView> =>
    wait === 0 ? view : byDeadline(c.req.raw, wait * 1000, (limits) => manager.whenSettled(view.id, limits));

  return (
    new Hono<AppEnv>()
      .post(
        '/',
        described(
          {
            id: 'createInstance',
            tag: 'instances',
            summary: 'Create an instance',
            description:
              'It is started at once unless `start` is false; then it asks for a QR code to be scanned.',
            answers: { 202: taken },
            problems: ['INSTANCE_EXISTS', ...COMMAND_PROBLEMS],
          },
          query(waitQuery),
        ),
        body(createBody),
        async (c) => {
          const options = c.req.valid('json');
          c.set('instanceId', options.id);
          const view = await outcome(c, await manager.create(options), c.req.valid('query').wait);
          return c.json(instanceJson(view), 202);
        },
      )
      .get(
        '/',
        described(
          {
            id: 'listInstances',
            tag: 'instances',
            summary: 'List instances, and count them by state',
            answers: { 200: told(instancePage, 'One page, in the order of ids.') },
          },
          query(listQuery),
        ),
        (c) => {
          const page = manager.list(c.req.valid('query'));
          return json(c, {
            items: page.items.map(instanceJson),
            nextCursor: page.nextCursor,
            counts: page.counts,
          });
        },
      )
      // `/:id` too: a wildcard at the end matches nothing as well.
      .use('/:id/*', instance)
      .get(
        '/:id',
        described(
          { id: 'getInstance', tag: 'instances', summary: 'Look at an instance', answers: { 200: found } },
          noQuery,
        ),
        (c) => json(c, instanceJson(manager.get(c.req.param('id')))),
      )
      .patch(
        '/:id',
        described(
          {
            id: 'changeInstance',
            tag: 'instances',
            summary: 'Change labels, proxy or the expected account',
            description:
              'Fields that are left out stay as they are. A new proxy is used from the next launch on. An account that is paired already is not unlinked: what it does not meet is refused.',
            answers: { 200: found },
            problems: ['STORE_UNAVAILABLE'],
          },
          noQuery,
        ),
        body(changeBody),
        async (c) => c.json(instanceJson(await manager.update(c.req.param('id'), c.req.valid('json')))),
      )
      .delete(
        '/:id',
        described(
          {
            id: 'removeInstance',
            tag: 'instances',
            summary: 'Remove an instance with its queue, history and profile',
            answers: { 204: { description: 'It is gone.' } },
            problems: [...COMMAND_PROBLEMS, 'TIMEOUT'],
          },
          noQuery,
        ),
        noBody,
        async (c) => {
          await manager.remove(c.req.param('id'));
          return c.body(null, 204);
        },
      )
      .post(
        '/:id/start',
        command({ id: 'startInstance', summary: 'Start an instance' }),
        noBody,
        async (c) => {
          const view = await manager.start(c.req.param('id'));
          return c.json(instanceJson(await outcome(c, view, c.req.valid('query').wait)), 202);
        },
      )
      .post('/:id/stop', command({ id: 'stopInstance', summary: 'Stop an instance' }), noBody, async (c) => {
        const view = await manager.stop(c.req.param('id'));
        return c.json(instanceJson(await outcome(c, view, c.req.valid('query').wait)), 202);
      })
      .post(
        '/:id/restart',
        command({
          id: 'restartInstance',
          summary: 'Restart an instance',
          description: 'Joins a restart that runs already. One by hand spends of the restart budget.',
          problems: ['RESTART_BUDGET_USED_UP'],
        }),
        body(restartBody),
        async (c) => {
          const view = await manager.restart(c.req.param('id'), c.req.valid('json'));
          return c.json(instanceJson(await outcome(c, view, c.req.valid('query').wait)), 202);
        },
      )
      .post(
        '/:id/logout',
        command({ id: 'logoutInstance', summary: 'Unpair an instance' }),
        noBody,
        async (c) => {
          const view = await manager.logout(c.req.param('id'));
          return c.json(instanceJson(await outcome(c, view, c.req.valid('query').wait)), 202);
        },
      )
      .get(
        '/:id/history',
        described(
          {
            id: 'listTransitions',
            tag: 'instances',
            summary: 'List every change of state with its cause',
            answers: { 200: told(transitionPage, 'One page, newest first.') },
            problems: ['STORE_UNAVAILABLE'],
          },
          query(pageQuery),
        ),
        async (c) => {
          const page = await manager.history(c.req.param('id'), c.req.valid('query'));
          const items = page.items.flatMap((fact) =>
            fact.type === 'instance.state' ? [transitionJson(fact)] : [],
          );
          return c.json({ items, nextCursor: page.nextCursor });
        },
      )
  );
}
