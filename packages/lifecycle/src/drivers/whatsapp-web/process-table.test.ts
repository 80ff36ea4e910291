import { describe, expect, it } from 'vitest';
import { worksOn } from './process-table.js';

const PROFILE = '/data/auth/foo/session-foo';
const browser = (...args: string[]) => `${['/usr/bin/chromium', '--headless', ...args].join('\0')}\0`;

describe('the command line of a browser', () => {
  it('names its profile in an argument of its own', () => {
    expect(worksOn(browser(`--user-data-dir=${PROFILE}`, 'about:blank'), PROFILE)).toBe(true);
  });

  it.each([
    ['a longer name', `${PROFILE}bar`],
    ['a folder in it', `${PROFILE}/Default`],
    ['a shorter name', PROFILE.slice(0, -1)],
    ['the folder around it', '/data/auth/foo'],
    ['another spelling', '/data/auth/Foo/session-Foo'],
  ])('is not mistaken for one of %s', (_what, other) => {
    expect(worksOn(browser(`--user-data-dir=${other}`), PROFILE)).toBe(false);
  });

  it('is recognised in the one string that its children write', () => {
    const child = (dir: string) => `/usr/bin/chromium --type=renderer --user-data-dir=${dir} --lang=en\0\0\0`;
    expect(worksOn(child(PROFILE), PROFILE)).toBe(true);
    expect(worksOn(child(`${PROFILE}bar`), PROFILE)).toBe(false);
    expect(worksOn(`/usr/bin/chromium --type=zygote --user-data-dir=${PROFILE}`, PROFILE)).toBe(true);
  });

  it('may hold a profile with blanks in its path', () => {
    const profile = '/home/ada/my data/foo/session-foo';
    expect(worksOn(`/usr/bin/chromium --type=gpu-process --user-data-dir=${profile} --x`, profile)).toBe(
      true,
    );
    expect(
      worksOn(`/usr/bin/chromium --type=gpu-process --user-data-dir=${profile} --x`, '/home/ada/my'),
    ).toBe(false);
  });

  it('is not meant where the profile is only spoken of', () => {
    expect(worksOn(`grep\0${PROFILE}\0`, PROFILE)).toBe(false);
    expect(worksOn(`sh\0-c\0echo --x-user-data-dir=${PROFILE}\0`, PROFILE)).toBe(false);
  });
});
