import { describe, expect, it } from 'vitest';
import { DriverError } from '../../ports/driver.js';
import { type LaunchRequest, LEAN_ARGS, launchOptions, proxyCredentials } from './launch-options.js';

const request: LaunchRequest = {
  browserPath: '/usr/bin/chromium',
  chromeArgs: [],
  proxy: null,
  signal: new AbortController().signal,
  isRoot: false,
};
const argsOf = (over: Partial<LaunchRequest>) =>
  (launchOptions({ ...request, ...over }) as { args: string[] }).args;

describe('launch options', () => {
  it('start the browser on a pipe, so that it ends with the node', () => {
    expect(launchOptions(request)).toMatchObject({
      pipe: true,
      handleSIGTERM: false,
      handleSIGINT: false,
      handleSIGHUP: false,
    });
  });

  it('keep the pipe where CHROME_ARGS asks for a debugging port', () => {
    expect(argsOf({ chromeArgs: ['--remote-debugging-port=9222'] })).toContain('--remote-debugging-pipe');
  });

  it('keep Chromium from making room on a full disk by throwing the pairing away', () => {
    expect(argsOf({})).toContain('--unlimited-storage');
  });

  it('give up the sandbox for root only', () => {
    expect(argsOf({ isRoot: true })).toContain('--no-sandbox');
    expect(argsOf({})).not.toContain('--no-sandbox');
  });

  it('leave out what a browser that nobody looks at need not hold', () => {
    expect(argsOf({})).toEqual(expect.arrayContaining([...LEAN_ARGS]));
  });

  it.each([
    'no-sandbox',
    'single-process',
    'no-zygote',
    'in-process-gpu',
    'process-per-site',
    'renderer-process-limit',
    'disable-site-isolation-trials',
    'disable-web-security',
    'NetworkServiceInProcess',
    'IsolateOrigins',
    'site-per-process',
  ])('keep every wall inside the browser: no %s', (weakening) => {
    expect(argsOf({}).join(' ')).not.toContain(weakening);
  });

  it('have the operator’s arguments last', () => {
    expect(argsOf({ isRoot: true, proxy: 'http://p:1', chromeArgs: ['--a', '--b'] }).slice(-2)).toEqual([
      '--a',
      '--b',
    ]);
  });

  it('pass the proxy without its password, which no process list may show', () => {
    const proxy = 'http://ada:s%40cret@proxy.example:3128';
    expect(argsOf({ proxy })).toContain('--proxy-server=http://proxy.example:3128');
    expect(argsOf({ proxy }).join(' ')).not.toContain('cret');
    expect(proxyCredentials(proxy)).toEqual({ username: 'ada', password: 's@cret' });
    expect(proxyCredentials('socks5://proxy.example:1080')).toBeUndefined();
  });

  it('refuse a proxy that is no address', () => {
    expect(() => proxyCredentials('proxy.example')).toThrow(DriverError);
  });
});
