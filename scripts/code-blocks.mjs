/** The blocks of code of a page, so that they can be run, compiled or looked up. */
import { readFileSync } from 'node:fs';

const ROOT = new URL('../', import.meta.url);

/**
 * @param {string} page from the root of the repository
 * @returns {readonly { readonly language: string, readonly code: string }[]}
 */
export const blocksOf = (page) =>
  [...readFileSync(new URL(page, ROOT), 'utf8').matchAll(/^```(\w*)\n([\s\S]*?)^```$/gm)].map(
    ([, language = '', code = '']) => ({ language, code }),
  );
