/** docs/metrics.md and the metrics that there are, held together in both directions. */
import { readFileSync } from 'node:fs';
import { parser } from '@prometheus-io/lezer-promql';
import { afterAll, describe, expect, test } from 'vitest';
import { type OpenApp, openApp } from '../open-app.fixture.js';
import { Metrics } from './metrics.js';

const page = readFileSync(new URL('../../../../docs/metrics.md', import.meta.url), 'utf8');
const metrics = new Metrics({ perInstance: true });
const server: OpenApp = await openApp({ metrics: { perInstance: true } });
await server.manager.create({ id: 'shop', start: false });
afterAll(() => server.close());

interface Described {
  readonly name: string;
  readonly type: string;
  readonly labels: readonly string[];
}

const words = (cell: string): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, word = '']) => word);
const byName = (a: Described, b: Described): number => (a.name < b.name ? -1 : 1);

const onThePage: readonly Described[] = [...page.matchAll(/^\| `(\w+)` \| (\w+) \| ?(.*?) ?\| .+ \|$/gm)].map(
  ([, name = '', type = '', labels = '']) => ({ name, type, labels: words(labels) }),
);

/** As prom-client keeps them; its types leave the labels out. */
const declared = (metrics.registry.getMetricsAsArray() as unknown[]).map((metric) => {
  const { name, labelNames = [] } = metric as { name: string; labelNames?: readonly string[] };
  return { name, labels: labelNames };
});
const typeOf = (text: string, name: string): string =>
  new RegExp(`^# TYPE ${name} (\\w+)$`, 'm').exec(text)?.[1] ?? 'not there';
const isDefault = (name: string): boolean => /^(process|nodejs)_/.test(name);

describe('the page of the metrics', () => {
  test('describes each one that there is, with its type and its labels, and no other', async () => {
    const text = await (await server.request('GET', '/metrics')).text();
    const there = [
      ...declared.filter(({ name }) => !isDefault(name)),
      { name: 'wakeeper_instance_state', labels: ['instance_id', 'state'] },
    ].map((metric) => ({ ...metric, type: typeOf(text, metric.name) }));
    expect([...onThePage].sort(byName)).toEqual(there.sort(byName));
    expect(onThePage.length).toBeGreaterThan(20);
  });

  test('names every one with its unit, as Prometheus wants it', () => {
    for (const { name, type } of onThePage) {
      expect(name).toMatch(/^(wakeeper|http)_[a-z_]+$/);
      if (type === 'counter') expect(name).toMatch(/_total$/);
      if (type === 'histogram') expect(name).toMatch(/_seconds$/);
      if (type === 'gauge') expect(name).not.toMatch(/_total$|_ms$/);
    }
  });
});

describe('the alert rules', () => {
  const rules = [...page.matchAll(/- alert: (\w+)\n +expr: (.+)$/gm)].map(
    ([, name = '', expr = '']) => [name, expr] as const,
  );

  test.each(rules)('%s can be read, and asks for metrics and labels that there are', (_, expr) => {
    const asked: string[] = [];
    const labels: string[] = [];
    parser.parse(expr).iterate({
      enter: ({ name, from, to, type }) => {
        expect(type.isError, `${expr} at ${from}`).toBe(false);
        const written = expr.slice(from, to);
        if (name === 'VectorSelector') asked.push(/^\w+/.exec(written)?.[0] ?? '');
        if (name === 'UnquotedLabelMatcher') labels.push(/^\w+/.exec(written)?.[0] ?? '');
      },
    });
    const known = asked.filter((name) => name !== 'up');
    const families = known.map((name) => name.replace(/_(bucket|count|sum)$/, ''));
    for (const name of families) expect(declared.map((metric) => metric.name)).toContain(name);
    const labelsThere = declared.filter(({ name }) => families.includes(name)).flatMap((one) => one.labels);
    for (const label of labels) expect([...labelsThere, 'job']).toContain(label);
    expect(asked).not.toEqual([]);
  });

  test('are more than a few', () => {
    expect(rules.length).toBeGreaterThan(10);
  });
});
