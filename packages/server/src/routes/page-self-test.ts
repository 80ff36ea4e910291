/** What a failed probe of WhatsApp's page leads to, for people whose probe is wrong at three in the morning. */
import {
  type InstanceManager,
  PAGE_CAPABILITIES,
  PAGE_RULES,
  type PageRule,
  type PageSelfTest,
} from '@wakeeper/lifecycle';
import { Hono } from 'hono';
import { z } from 'zod';
import type { AppEnv } from '../http/app-env.js';
import { described, told } from '../http/described.js';
import { body, noQuery } from '../http/validate.js';

const capability = z.enum(PAGE_CAPABILITIES);
const rule = z.enum(PAGE_RULES);
const rulesSchema = z
  .record(capability, rule)
  .meta({ id: 'PageSelfTest', description: 'The rule for each capability of the page.' });
const changeBody = z.partialRecord(capability, rule);
const rules = told(rulesSchema, 'The rules as they hold now.');
const asRules = (policy: PageSelfTest): Record<z.infer<typeof capability>, PageRule> => ({
  ...policy,
});

export function pageSelfTestRoutes({ pages }: Pick<InstanceManager, 'pages'>) {
  return new Hono<AppEnv>()
    .get(
      '/',
      described(
        {
          id: 'getPageSelfTest',
          tag: 'operations',
          summary: "See what a failed probe of WhatsApp's page leads to",
          answers: { 200: rules },
        },
        noQuery,
      ),
      (c) => c.json(asRules(pages.policy)),
    )
    .patch(
      '/',
      described(
        {
          id: 'changePageSelfTest',
          tag: 'operations',
          summary: "Change what a failed probe of WhatsApp's page leads to",
          description:
            'Holds until the server ends; PAGE_SELF_TEST is the rule of its next start. Instances on a page that lacks something are tested again at once.',
          answers: { 200: rules },
        },
        noQuery,
      ),
      body(changeBody),
      (c) => {
        pages.change(c.req.valid('json'));
        return c.json(asRules(pages.policy));
      },
    );
}
