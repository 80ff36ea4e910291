/** Writes docs/statechart.md and the diagram of the README from the chart; with --check it fails when they are stale. */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { drawChart, drawOverview } from '../packages/lifecycle/src/instance/chart-drawing.js';
import { exploreChart } from '../packages/lifecycle/src/instance/chart-graph.js';
import { createInstanceMachine } from '../packages/lifecycle/src/instance/instance-machine.js';
import { newRecord } from '../packages/lifecycle/src/instance/instance-record.js';
import { ScriptedPorts } from '../packages/lifecycle/src/instance/scripted-ports.js';
import { defaultOptions } from '../packages/lifecycle/src/policy/options.js';
import { withSection } from './page-section.js';

const machine = createInstanceMachine(new ScriptedPorts());
const graph = exploreChart(machine, {
  record: newRecord({ id: 'any', wanted: 'stopped', now: 0 }),
  options: { ...defaultOptions, maxRestartsPerWindow: 2, maxProbeFailures: 2 },
  restored: false,
});
const read = (file: string): string => (existsSync(file) ? readFileSync(file, 'utf8') : '');

const readme = withSection(read('README.md'), 'chart', [drawOverview(graph)]);
const files = { 'docs/statechart.md': drawChart(machine, graph), 'README.md': readme };

const stale = Object.entries(files).filter(([file, text]) => read(file) !== text);
if (process.argv.includes('--check')) {
  for (const [file] of stale) console.error(`${file} is stale: run "npm run chart" and commit it.`);
  process.exitCode = stale.length ? 1 : 0;
} else {
  for (const [file, text] of stale) writeFileSync(file, text);
  console.log(stale.length ? `written: ${stale.map(([file]) => file).join(', ')}` : 'nothing has changed');
}
