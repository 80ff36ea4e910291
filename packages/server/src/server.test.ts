import { expect, test } from 'vitest';
import { loadConfig } from './config.js';
import { StartError, startServer } from './server.js';
import { newSecret } from './webhooks/signature.js';

const quiet = { debug() {}, info() {}, warn() {}, error() {} };

test('a server that cannot deliver to WEBHOOK_URL says so to the operator, and not as a fault of its own', async () => {
  const { webhooks, ...rest } = loadConfig({
    PORT: '0',
    DRIVER: 'simulated',
    HOST_CHECK: 'none',
    STORE_URL: 'memory:',
  });
  // What only the server finds out, as that there are a hundred webhooks already.
  const fromEnvironment = { url: 'https://user:hunter2@example.org', events: ['*'], secrets: [newSecret()] };
  const starting = startServer({ ...rest, webhooks: { ...webhooks, fromEnvironment } }, quiet);
  const refusal = await starting.catch((error: unknown) => error);
  expect(refusal).toBeInstanceOf(StartError);
  expect(String(refusal)).toMatch(/WEBHOOK_URL cannot be delivered to\. .* use headers/);
  expect(String(refusal)).not.toContain('hunter2');
});
