import { type AddressInfo, createServer } from 'node:net';
import { beforeAll, describe, expect, test } from 'vitest';
import { call } from './command-line.fixture.js';

/** A port that nothing listens on: it was free a moment ago. */
const NOWHERE = { PORT: '' };
beforeAll(async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  NOWHERE.PORT = String((server.address() as AddressInfo).port);
  await new Promise((resolve) => server.close(resolve));
});
const COMMANDS = [
  'serve',
  'doctor',
  'page-check',
  'instances',
  'qr',
  'send',
  'import',
  'backup',
  'field-report',
];

describe('the command line', () => {
  test('lists its commands, and says its version', async () => {
    const help = await call(['--help']);
    expect(help).toMatchObject({ code: 0, err: '' });
    for (const command of COMMANDS) expect(help.out).toContain(`\n  ${command} `);
    expect(await call(['--version'])).toEqual({ code: 0, out: '1.2.3\n', err: '' });
  });

  test.each(COMMANDS)('explains %s with examples', async (command) => {
    const help = await call([command, '--help']);
    expect(help).toMatchObject({ code: 0, err: '' });
    expect(help.out).toMatch(new RegExp(`Examples:\\n +\\$ wakeeper ${command}`));
  });

  test.each([
    [['sned'], "unknown command 'sned'"],
    [['--prot', '80'], "unknown option '--prot'"],
    [['serve', '3000'], 'too many arguments'],
    [['doctor', '--fix'], "unknown option '--fix'"],
    [['page-check', 'shop'], 'too many arguments'],
    [['page-check', '--instance', 'no/id'], '1 to 64 characters'],
    [
      ['instances', '--state', 'sleeping'],
      'Allowed choices are ready, connecting, disconnected, needs_qr, error',
    ],
    [['instances', '--url', 'localhost:3000'], 'must be an http or https URL'],
    [['qr'], "missing required argument 'id'"],
    [['qr', 'no/id'], '1 to 64 characters'],
    [['qr', 'shop', '--wait', 'soon'], 'a number of seconds'],
    [['qr', 'shop', '--wait', '-1'], 'a number of seconds'],
    [['send', 'shop', '4915112345678'], "missing required argument 'text'"],
    [['send', 'shop', '0151', 'Hello'], 'phone number with country code'],
    [['send', 'shop', '4915112345678', 'Hello', 'there'], 'too many arguments'],
    [['import'], "required option '--from <folder>' not specified"],
    [['import', '--from', '.', '--default-id', 'ä'], '1 to 64 characters'],
    [['backup'], "missing required argument 'file'"],
    [['field-report', '--since', 'yesterday'], 'such as 90m, 12h or 30d'],
    [['field-report', '--since', '0d'], 'such as 90m, 12h or 30d'],
  ])('refuses %j with 2, and says why', async (args, why) => {
    const { code, out, err } = await call(args, NOWHERE);
    expect({ code, out }).toEqual({ code: 2, out: '' });
    expect(err).toContain(why);
    expect(err).toContain('--help');
  });

  test.each([[['instances']], [['qr', 'shop']], [['send', 'shop', '4915112345678', 'Hello']]])(
    'says of %j that no server answers, and how to start one',
    async (args) => {
      const { code, out, err } = await call(args, NOWHERE);
      expect({ code, out }).toEqual({ code: 1, out: '' });
      expect(err).toMatch(
        /^wakeeper: No server answers at http:\/\/127\.0\.0\.1:\d+ \(.*ECONNREFUSED.*\n.*`wakeeper serve`.*--url/,
      );
      const json = await call([...args, '--json'], NOWHERE);
      expect(JSON.parse(json.err)).toEqual({
        error: {
          code: 'NOT_REACHABLE',
          message: expect.any(String),
          remedy: expect.stringContaining('wakeeper serve'),
        },
      });
    },
  );

  test('takes a variable that breaks its rule for something that is wrong, not for a fault of its own', async () => {
    for (const args of [
      ['serve'],
      ['instances'],
      ['backup', 'x.db'],
      ['field-report'],
      ['import', '--from', '.'],
    ]) {
      const { code, err } = await call(args, { PORT: 'eighty' });
      expect(code, args[0]).toBe(1);
      expect(err, args[0]).toContain('PORT must be a whole number from 0 to 65535, and is "eighty".');
      expect(err, args[0]).not.toMatch(/^ +at /m);
    }
  });
});
