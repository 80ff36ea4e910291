import { expect, test } from 'vitest';
import { withSection } from './page-section.js';

const PAGE = 'before\n<!-- figures -->\nold\n<!-- /figures -->\nafter\n';

test('the part of that name has these lines, and the rest of the page is as it was', () => {
  const page = withSection(PAGE, 'figures', ['one', 'two']);
  expect(page).toBe('before\n<!-- figures -->\none\ntwo\n<!-- /figures -->\nafter\n');
  expect(withSection(page, 'figures', ['old'])).toBe(PAGE);
});

test.each(['no place at all', '<!-- figures -->\nno end', '\n<!-- /figures --> before <!-- figures -->\n'])(
  'a page without such a part is refused: %j',
  (page) => {
    expect(() => withSection(page, 'figures', [])).toThrow(
      'The page lacks <!-- figures --> and <!-- /figures -->.',
    );
  },
);
