/** What must hold at every step of a walk through the chart, and the instances that are walked. */
import { defaultOptions, type LifecycleOptions } from '../policy/options.js';
import { restartsInWindow } from '../policy/restart-window.js';
import { exploreChart, type Graph } from './chart-graph.js';
import type { ChartWalk } from './chart-walk.js';
import type { InstanceInput } from './instance-events.js';
import { createInstanceMachine } from './instance-machine.js';
import { newRecord } from './instance-record.js';
import { PICKY, ScriptedPorts } from './scripted-ports.js';

/** Small bounds make a small graph. */
const options: LifecycleOptions = { ...defaultOptions, maxRestartsPerWindow: 2, maxProbeFailures: 2 };
const record = newRecord({ id: 'shop', wanted: 'stopped', now: 0 });
export const inputs = {
  'made just now': { record, options, restored: false },
  'restored while it was ready': {
    record: { ...record, wanted: 'running', state: 'ready', paired: true },
    options,
    restored: true,
  },
  'restored while it needed a scan': {
    record: { ...record, wanted: 'running', state: 'needs_qr' },
    options,
    restored: true,
  },
  'that expects another account': {
    record: { ...record, id: PICKY },
    // The account is judged alike however many restarts and probes are left: the smallest graph has all its places.
    options: { ...options, maxRestartsPerWindow: 1, maxProbeFailures: 1 },
    restored: false,
  },
} as const satisfies Record<string, InstanceInput>;

let explored: Graph | undefined;
/** The graph of an instance made just now, explored once a process: that takes seconds. */
export function chartGraph(): Graph {
  explored ??= exploreChart(createInstanceMachine(new ScriptedPorts()), inputs['made just now']);
  return explored;
}

export function holdInvariants({ snapshot, ports, errors }: ChartWalk): void {
  const { context } = snapshot;
  const windowMs = options.windowMinutes * 60_000;
  const opened = snapshot.children.driver !== undefined;
  const broken = Object.entries({
    'the actor died': errors.length > 0 || snapshot.status !== 'active',
    'the gate is open exactly while ready': (ports.gate !== null) !== snapshot.matches('ready'),
    'the gate is open for the live generation': ports.gate !== null && ports.gate !== context.live,
    'a driver child lives exactly while its generation counts': opened !== (context.live !== null),
    'a state tagged driverOpen has a driver': snapshot.hasTag('driverOpen') && !opened,
    'two generations are open': ports.open.size > 1,
    'more restarts than the budget':
      restartsInWindow(context.restarts, 0, windowMs).length > context.options.maxRestartsPerWindow,
    'a code outside needs_qr': context.qr !== null && !snapshot.matches('needs_qr'),
    'a passkey exactly where one is under way':
      (context.passkey !== null) !==
      (snapshot.matches({ needs_qr: 'passkey' }) || snapshot.matches({ needs_qr: 'confirming' })),
    'a launch permit outside a launch':
      ports.permits > 0 &&
      !snapshot.matches({ connecting: 'launching' }) &&
      !snapshot.matches({ needs_qr: 'opening' }) &&
      !snapshot.matches({ disconnected: 'loggingOut' }),
    'context is not plain JSON':
      JSON.stringify(JSON.parse(JSON.stringify(context))) !== JSON.stringify(context),
  }).filter(([, isBroken]) => isBroken);
  if (broken.length) throw new Error(`${broken.map(([what]) => what)} in ${JSON.stringify(snapshot.value)}`);
}
