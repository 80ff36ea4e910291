/** docs/troubleshooting.md, held against what the program says: each of its quotations stands between backticks. */
import { readFileSync } from 'node:fs';

const PAGE = readFileSync(new URL('../../docs/troubleshooting.md', import.meta.url), 'utf8');
/** Shorter ones are names, which prove nothing. */
const LEAST_LENGTH = 25;

const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
/** The page leaves out what differs from time to time, and says so by an ellipsis. */
const patternOf = (quotation: string): RegExp =>
  new RegExp(`^${quotation.split('…').map(escaped).join('.*')}$`, 's');

const quotations = [...PAGE.matchAll(/`([^`\n]+)`/g)].map(([, text = '']) => text);

/**
 * The quotation that the words are.
 * @throws Error when the page has none
 */
export function quotationOf(words: string): string {
  const found = quotations.find((text) => text.length >= LEAST_LENGTH && patternOf(text).test(words));
  if (found !== undefined) return found;
  throw new Error(`docs/troubleshooting.md does not quote: ${words}`);
}
