import { readFileSync } from 'node:fs';
import { everyCapability } from '@wakeeper/lifecycle';
import { describe, expect, test } from 'vitest';
import { ConfigError, loadConfig } from './config.js';
import { configurationPage, configurationTable } from './configuration-table.js';
import { variables } from './variables.js';

const refusalOf = (env: Record<string, string>): string => {
  try {
    loadConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.message;
    throw error;
  }
  return 'accepted';
};

describe('configuration from an empty environment', () => {
  const config = loadConfig({});

  test('keeps the defaults that users rely on', () => {
    expect(config.authBaseDir).toBe('./.wwebjs_auth');
    expect(config.lifecycle).toMatchObject({
      maxQueueSize: 200,
      readyTimeoutMs: 180_000,
      restartBackoffMs: 2000,
      maxRestartsPerWindow: 5,
      windowMinutes: 10,
    });
  });

  test('listens on loopback, keeps its data in SQLite and drives real browsers', () => {
    expect(config).toMatchObject({
      host: '127.0.0.1',
      port: 3000,
      driver: 'whatsapp-web',
      apiKeys: [],
      logLevel: 'info',
    });
    expect(config.store).toEqual({ kind: 'sqlite', path: './data/wakeeper.db' });
    expect(config.hostCheck).toEqual({ host: 'web.whatsapp.com', port: 443 });
    expect(config.simulatedScanAfterMs).toBe(3000);
  });

  test('asks for no network where WhatsApp is simulated', () => {
    expect(loadConfig({ DRIVER: 'simulated' }).hostCheck).toBeNull();
  });

  test('has the numbers of the rest of the lifecycle', () => {
    expect(config.lifecycle).toMatchObject({
      stableAfterMs: 300_000,
      reconnectGraceMs: 60_000,
      syncTimeoutMs: 600_000,
      qrTimeoutMs: 300_000,
      healthCheckIntervalMs: 30_000,
      sendWaitMs: 10_000,
      sendIntervalMs: 1500,
      ackTimeoutMs: 60_000,
      mediaAckTimeoutMs: 180_000,
      maxSendAttempts: 3,
      messageTtlMs: 86_400_000,
      drainTimeoutMs: 8000,
      uncertainPolicy: 'hold',
      resolveRecipients: false,
      queueAcceptStates: ['ready', 'connecting', 'disconnected', 'cooling', 'incompatible'],
      pageSelfTest: everyCapability('enforce'),
      pageRetestMs: 3_600_000,
    });
    expect(config.lifecycle.maxConcurrentLaunches).toBeGreaterThanOrEqual(2);
  });

  test('is the same when every variable is set to nothing', () => {
    const empty = Object.fromEntries(Object.keys(variables).map((name) => [name, ' ']));
    expect(loadConfig(empty)).toEqual(config);
  });
});

describe('values', () => {
  test('of PAGE_SELF_TEST are a rule for all, and rules for some', () => {
    const rulesOf = (value: string) => loadConfig({ PAGE_SELF_TEST: value }).lifecycle.pageSelfTest;
    expect(rulesOf('warn')).toEqual(everyCapability('warn'));
    for (const order of ['enforce, media:warn', 'media:warn, enforce', 'media:warn'])
      expect(rulesOf(order)).toEqual({ ...everyCapability('enforce'), media: 'warn' });
    for (const wrong of ['sometimes', 'media', 'media:never', 'telepathy:warn', 'media:', 'media:warn:x'])
      expect(refusalOf({ PAGE_SELF_TEST: wrong })).toMatch(
        /^PAGE_SELF_TEST must be enforce or warn, .* and is /,
      );
  });

  test('are read in the forms that the table names', () => {
    const config = loadConfig({
      HOST: '0.0.0.0',
      PORT: '0',
      API_KEYS: 'first, second',
      STORE_URL: 'memory:',
      CHROME_PATH: '/usr/bin/chromium',
      CHROME_ARGS: '--no-sandbox  --lang=de',
      HOST_CHECK: 'none',
      RESOLVE_RECIPIENTS: 'on',
      RECIPIENT_CHECK: 'required',
      INBOUND_LOOK_BACK_MS: '0',
      INBOUND_UNREADABLE_AFTER_MS: '60000',
      QUEUE_ACCEPT_STATES: 'ready, stopped',
      ACK_TIMEOUT_MS: '20000',
      NODE_ID: 'node-1.example',
    });
    expect(config).toMatchObject({
      host: '0.0.0.0',
      port: 0,
      apiKeys: ['first', 'second'],
      store: { kind: 'memory' },
      chrome: { path: '/usr/bin/chromium', args: ['--no-sandbox', '--lang=de'] },
      hostCheck: null,
      nodeId: 'node-1.example',
      lifecycle: {
        resolveRecipients: true,
        recipientCheck: 'required',
        lookBackMs: 0,
        unreadableAfterMs: 60_000,
        queueAcceptStates: ['ready', 'stopped'],
        ackTimeoutMs: 20_000,
        mediaAckTimeoutMs: 60_000,
      },
    });
  });

  test.each([
    ['sqlite:./a.db', './a.db'],
    ['sqlite:/var/lib/a.db', '/var/lib/a.db'],
    ['sqlite:///var/lib/a.db', '/var/lib/a.db'],
  ])('a store at %s is the file %s', (url, path) => {
    expect(loadConfig({ STORE_URL: url }).store).toEqual({ kind: 'sqlite', path });
  });
});

test('live streams are kept awake, counted and bounded', () => {
  expect(loadConfig({}).events).toEqual({ heartbeatMs: 15_000, maxReaders: 200, maxBufferBytes: 1_048_576 });
  const env = { EVENTS_HEARTBEAT_MS: '5000', EVENTS_MAX_READERS: '7', EVENTS_BUFFER_BYTES: '65536' };
  expect(loadConfig(env).events).toEqual({ heartbeatMs: 5000, maxReaders: 7, maxBufferBytes: 65_536 });
  expect(refusalOf({ EVENTS_BUFFER_BYTES: '1' })).toBe(
    'EVENTS_BUFFER_BYTES must be a whole number from 65536 to 1073741824, and is "1".',
  );
});

describe('the webhook of the environment', () => {
  const secret = `whsec_${Buffer.alloc(32, 1).toString('base64')}`;

  test('is none by default, and no private address is allowed', () => {
    expect(loadConfig({}).webhooks).toEqual({
      fromEnvironment: null,
      allowPrivate: [],
      timeoutMs: 15_000,
      retentionMs: 7 * 86_400_000,
      maxBacklog: 100_000,
    });
  });

  test('has a URL, events, and one secret or two while they change over', () => {
    const env = { WEBHOOK_URL: 'https://example.org/hook', WEBHOOK_SECRET: `${secret}, ${secret}` };
    expect(loadConfig({ ...env, WEBHOOK_EVENTS: 'message.*, instance.state' }).webhooks).toMatchObject({
      fromEnvironment: {
        url: 'https://example.org/hook',
        events: ['message.*', 'instance.state'],
        secrets: [secret, secret],
      },
    });
  });

  test('needs a secret, and https where its address is not allowed', () => {
    expect(refusalOf({ WEBHOOK_URL: 'https://example.org' })).toMatch(
      /^WEBHOOK_SECRET must be set .*openssl/,
    );
    const plain = { WEBHOOK_URL: 'http://n8n:5678/hook', WEBHOOK_SECRET: secret };
    expect(refusalOf(plain)).toMatch(/^WEBHOOK_URL must be https/);
    expect(refusalOf({ ...plain, WEBHOOK_URL: 'HTTP://n8n:5678/hook' })).toMatch(
      /^WEBHOOK_URL must be https/,
    );
    expect(refusalOf({ ...plain, WEBHOOK_ALLOW_PRIVATE: '172.16.0.0/12' })).toBe('accepted');
  });

  test('is refused without showing a secret or a token', () => {
    for (const env of [{ WEBHOOK_SECRET: 'hunter2' }, { WEBHOOK_URL: 'https://a:hunter2@example.org' }])
      expect(refusalOf(env)).toMatch(/^WEBHOOK_(SECRET|URL) must be (?!.*hunter2)/);
  });
});

describe('a bad value', () => {
  test.each([
    ['PORT', 'abc', 'PORT must be a whole number from 0 to 65535, and is "abc".'],
    ['PORT', '70000', 'PORT must be a whole number from 0 to 65535, and is "70000".'],
    ['MAX_QUEUE_SIZE', '-1', 'MAX_QUEUE_SIZE must be a whole number from 1 to 1000000, and is "-1".'],
    ['READY_TIMEOUT_MS', '3m', 'READY_TIMEOUT_MS must be a whole number from 1 to 2147483647, and is "3m".'],
    [
      'READY_TIMEOUT_MS',
      '0x10',
      'READY_TIMEOUT_MS must be a whole number from 1 to 2147483647, and is "0x10".',
    ],
    [
      'READY_TIMEOUT_MS',
      '1e3',
      'READY_TIMEOUT_MS must be a whole number from 1 to 2147483647, and is "1e3".',
    ],
    ['DRIVER', 'baileys', 'DRIVER must be one of whatsapp-web, simulated, and is "baileys".'],
    [
      'LOG_LEVEL',
      'verbose',
      'LOG_LEVEL must be one of trace, debug, info, warn, error, fatal, silent, and is "verbose".',
    ],
    ['HOST_CHECK', 'example.org', 'HOST_CHECK must be host:port, or none, and is "example.org".'],
    ['HOST_CHECK', 'example.org:0', 'HOST_CHECK must be host:port, or none, and is "example.org:0".'],
    [
      'STORE_URL',
      'redis://user:hunter2@cache:6379',
      'STORE_URL must be sqlite:PATH or memory: (redis:// is not in this version), and is "redis://***@cache:6379".',
    ],
    [
      'STORE_URL',
      'sqlite:',
      'STORE_URL must be sqlite:PATH or memory: (redis:// is not in this version), and is "sqlite:".',
    ],
  ])('of %s (%s) is refused in one line with variable, rule and value', (name, value, line) => {
    expect(refusalOf({ [name]: value })).toBe(line);
  });

  test('is shown in one line and shortened, whatever it holds', () => {
    const line = refusalOf({ PORT: `1\n2${'x'.repeat(5000)}` });
    expect(line).not.toContain('\n');
    expect(line.length).toBeLessThan(300);
  });

  test('is shown without the password of any URL in it', () => {
    const line = refusalOf({ CHROME_ARGS: "--a=http://u:hunter2@a --b=http://u:hunter3@b 'c" });
    expect(line).toContain('--a=http://***@a --b=http://***@b');
    expect(line).not.toContain('hunter');
  });

  test('of every variable with a rule names that variable', () => {
    const anything = new Set([
      'AUTH_BASE_DIR',
      'PAGE_LAYER_FILE',
      'MEDIA_SPOOL_DIR',
      'CHROME_PATH',
      'CHROME_ARGS',
    ]);
    for (const name of Object.keys(variables).filter((each) => !anything.has(each)))
      expect(refusalOf({ [name]: 'not\u0000 a ?? value' })).toContain(`${name} must be`);
  });

  test('of API_KEYS is never printed', () => {
    const line = refusalOf({ API_KEYS: 'good,hunter2 hunter3' });
    expect(line).toContain('API_KEYS must be');
    expect(line).not.toContain('hunter');
    expect(line).not.toContain('good');
  });
});

describe('without keys', () => {
  test.each(['0.0.0.0', '::', '192.168.1.5', 'example.org', '127.0.0.1.example.org'])(
    'listening on %s is refused with the reason',
    (host) => {
      expect(refusalOf({ HOST: host })).toMatch(
        /^HOST must be a loopback address .* while API_KEYS is empty, because .*\.$/,
      );
      expect(refusalOf({ HOST: host, API_KEYS: ' , ' })).toContain('while API_KEYS is empty');
      expect(refusalOf({ HOST: host, API_KEYS: 'key' })).toBe('accepted');
    },
  );

  test.each(['127.0.0.1', '127.1.2.3', '::1', 'localhost'])('listening on %s is allowed', (host) => {
    expect(loadConfig({ HOST: host }).host).toBe(host);
  });
});

describe('the table in the documentation', () => {
  test('is what docs/configuration.md says', () => {
    const page = readFileSync(new URL('../../../docs/configuration.md', import.meta.url), 'utf8');
    expect(page, 'run npm run config-docs').toBe(configurationPage());
  });

  test('has one row for every variable, with its default', () => {
    const rows = configurationTable().split('\n').slice(2);
    expect(rows.map((row) => row.split('`')[1])).toEqual(Object.keys(variables));
    expect(configurationTable()).toContain('| `MAX_QUEUE_SIZE` | `200` |');
  });

  test('is the same on every machine', () => {
    const table = configurationTable();
    expect(table).toContain('| `MAX_CONCURRENT_LAUNCHES` | cores + 1 |');
    expect(table).toContain("| `NODE_ID` | the host's name |");
  });
});
