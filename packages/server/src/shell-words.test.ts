import { describe, expect, it } from 'vitest';
import { shellWords } from './shell-words.js';

describe('arguments in one line', () => {
  it.each([
    ['--a  --b=1 ', ['--a', '--b=1']],
    [`'--rules=MAP a:443 b:1' --c`, ['--rules=MAP a:443 b:1', '--c']],
    ['--rules="MAP a b" --c', ['--rules=MAP a b', '--c']],
    [`--x='say "hi"'`, ['--x=say "hi"']],
    ['', []],
  ])('%s are %j', (line, words) => {
    expect(shellWords(line)).toEqual(words);
  });

  it.each([`--a 'b`, '--a "b', `it's`])('are refused when a quote is not closed: %s', (line) => {
    expect(shellWords(line)).toBeNull();
  });
});
