/** Variables about the self-test of WhatsApp's page. */
import {
  defaultOptions,
  everyCapability,
  PAGE_CAPABILITIES,
  PAGE_RULES,
  type PageCapability,
  type PageRule,
  type PageSelfTest,
} from '@wakeeper/lifecycle';
import type { z } from 'zod';
import { milliseconds, words, written } from './variable.js';

const isRule = (word: string | undefined): word is PageRule => PAGE_RULES.some((rule) => rule === word);
const isCapability = (word: string | undefined): word is PageCapability =>
  PAGE_CAPABILITIES.some((name) => name === word);

/** `enforce`, or `enforce,media:warn`: a rule for all, and rules for some. */
const selfTest = words.transform((given, context): PageSelfTest => {
  // The rule for all comes first, wherever it stands.
  const rules: Record<PageCapability, PageRule> = { ...everyCapability(given.findLast(isRule) ?? 'enforce') };
  for (const word of given) {
    const [name, rule, ...more] = word.split(':');
    if (isRule(word)) continue;
    if (isCapability(name) && isRule(rule) && more.length === 0) rules[name] = rule;
    else context.addIssue({ code: 'custom', message: `${word} is no rule` });
  }
  return rules;
}) satisfies z.ZodType<PageSelfTest, string>;

export const pageVariables = {
  PAGE_SELF_TEST: written(
    'enforce',
    `enforce or warn, or CAPABILITY:RULE separated by commas, for ${PAGE_CAPABILITIES.join(', ')}`,
    selfTest as z.ZodType<PageSelfTest, string>,
    {
      about:
        "What a failed probe of WhatsApp's page leads to: `enforce` refuses what needs it, `warn` only logs and alerts. [What the probes are](compatibility.md).",
    },
  ),
  PAGE_RETEST_MS: milliseconds(
    defaultOptions.pageRetestMs,
    1,
    'How often a page that lacks something is tested again, +-20 %. One that is incompatible is loaded again for it.',
  ),
};
