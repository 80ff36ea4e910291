import { describe, expect, test } from 'vitest';
import { EDITIONS, traitsOf } from './editions.js';

describe('which page is simulated', () => {
  test('each edition has a version of its own, later ones a higher build', () => {
    const builds = EDITIONS.map((edition) => Number(traitsOf({ edition }, {}).version.split('.')[2]));
    expect(builds).toEqual([...new Set(builds)].sort((a, b) => a - b));
  });

  test('the newest, unless a test or the environment names another', () => {
    expect(traitsOf({}, {})).toEqual(traitsOf({ edition: EDITIONS.at(-1) ?? '2026-05' }, {}));
  });

  test('a test that asks for one gets it, against the environment', () => {
    const environment = { WA_WEB_EDITION: '2026-09', WA_WEB_AXES: 'lid,lazy', WA_WEB_KEY_FIELD: 'a7' };
    const traits = traitsOf({ edition: '2026-07', keyField: '$1', lid: false, lazy: false }, environment);
    expect(traits).toMatchObject({
      version: '2.3000.1043220887',
      keyField: '$1',
      lidChats: false,
      lazy: null,
    });
  });

  test('what a test leaves open the environment says', () => {
    const environment = { WA_WEB_EDITION: '2026-07', WA_WEB_AXES: 'lid,lazy', WA_WEB_KEY_FIELD: 'a7' };
    expect(traitsOf({}, environment)).toMatchObject({
      version: '2.3000.1043220887',
      keyField: 'a7',
      lidChats: true,
      lazy: { afterMs: 600 },
    });
    expect(traitsOf({}, { ...environment, WA_WEB_EDITION: '2026-05' }).keyField).toBe('_serialized');
  });

  test.each([
    [{ WA_WEB_EDITION: '2026-06' }, '2026-05, 2026-07, 2026-09; "2026-06"'],
    [{ WA_WEB_AXES: 'lid,lazzy' }, 'lid, lazy; "lazzy"'],
    [{ WA_WEB_EDITION: '2026-07', WA_WEB_KEY_FIELD: 'remote' }, '"remote"'],
    [{ WA_WEB_EDITION: '2026-07', WA_WEB_KEY_FIELD: '1$' }, '"1$"'],
  ])('%j is refused by name', (environment, named) => {
    expect(() => traitsOf({}, environment)).toThrow(named);
  });
});
