/** What a report of the page's self-test leads to. Pure: the report and the policy are arguments. */
import { LifecycleError } from '../domain/errors.js';
import type { ItemContent } from '../domain/message.js';
import {
  PAGE_CAPABILITIES,
  type PageCapability,
  type PageReport,
  REQUIRED_CAPABILITIES,
} from '../domain/page-report.js';

/** `warn`: a probe that fails is logged and alerted, and stops nothing. For a probe that is wrong. */
export const PAGE_RULES = ['enforce', 'warn'] as const;
export type PageRule = (typeof PAGE_RULES)[number];
export type PageSelfTest = Readonly<Record<PageCapability, PageRule>>;

export const everyCapability = (rule: PageRule): PageSelfTest =>
  Object.fromEntries(PAGE_CAPABILITIES.map((name) => [name, rule])) as Record<PageCapability, PageRule>;

/** @throws LifecycleError INVALID_INPUT for a capability or a rule that does not exist */
export function checkedRules(rules: Partial<PageSelfTest>): Partial<PageSelfTest> {
  for (const [name, rule] of Object.entries(rules))
    if (!PAGE_CAPABILITIES.includes(name as PageCapability) || !PAGE_RULES.includes(rule))
      throw new LifecycleError('INVALID_INPUT', {
        message: `The rule for the page's self-test must be one of ${PAGE_RULES.join(', ')} for one of ${PAGE_CAPABILITIES.join(', ')}, and is ${JSON.stringify({ [name]: rule })}.`,
        details: { path: `pageSelfTest.${name}` },
      });
  return rules;
}

/** Capabilities whose probe failed, whatever the policy says of them. */
export const missingOf = (report: PageReport): readonly PageCapability[] =>
  PAGE_CAPABILITIES.filter((name) => !report.capabilities[name].ok);

/** Capabilities that are off: the probe failed, the policy enforces it, and nothing was seen to work all the same. */
export const offBy = (report: PageReport, policy: PageSelfTest): readonly PageCapability[] =>
  missingOf(report).filter((name) => policy[name] === 'enforce' && !report.seenToWork.includes(name));

/** Required capabilities that are off: with one of them the instance is `error.incompatible`. */
export function obstaclesIn(report: PageReport, policy: PageSelfTest): readonly PageCapability[] {
  const off = offBy(report, policy);
  return REQUIRED_CAPABILITIES.filter((name) => off.includes(name));
}

/** Why an instance is `error.incompatible`, as a sentence with the remedy. */
export function incompatibilityOf(report: PageReport, policy: PageSelfTest): string {
  const lacks = obstaclesIn(report, policy).map((name) => {
    const { missing } = report.capabilities[name];
    return missing.length > 0 ? `${name} (${missing.join(', ')})` : name;
  });
  return `WhatsApp's page ${report.version ?? 'of an unknown version'} lacks ${lacks.join(' and ')}. The session stays linked; sends are accepted and wait. The page is tested again from time to time. Update wakeeper, or see docs/compatibility.md.`;
}

/** What the page must be able to do for an item to be sent. */
export function needsOf(content: ItemContent): readonly PageCapability[] {
  const needs: PageCapability[] = ['sendText'];
  if (content.type === 'message' && content.payload.media) needs.push('media');
  if (content.payload.to.endsWith('@newsletter')) needs.push('channels');
  return needs;
}
