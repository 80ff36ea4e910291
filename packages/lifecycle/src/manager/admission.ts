/** Admission: whether a send is accepted in the state that the instance is in, and with which words it is refused. */
import type { ErrorCode } from '../domain/errors.js';
import type { ItemContent } from '../domain/message.js';
import type { PageCapability } from '../domain/page-report.js';
import { isIncompatible } from '../instance/instance-record.js';
import type { InstanceView } from '../instance/instance-view.js';
import type { AcceptState, LifecycleOptions } from '../policy/options.js';
import { needsOf } from '../policy/page-policy.js';

export interface Refusal {
  readonly code: Extract<
    ErrorCode,
    'NEEDS_QR' | 'INSTANCE_STOPPED' | 'INSTANCE_ERROR' | 'INSTANCE_NOT_READY'
  >;
  readonly message: string;
}

function acceptStateOf({ state, detail, wanted }: InstanceView): AcceptState {
  if (state === 'error')
    return detail === 'halted' ? 'halted' : isIncompatible(detail) ? 'incompatible' : 'cooling';
  return wanted === 'stopped' && state === 'disconnected' ? 'stopped' : state;
}

const REFUSALS: Record<AcceptState, Refusal> = {
  needs_qr: {
    code: 'NEEDS_QR',
    message: 'The instance needs a scan: show its code and scan it with the phone.',
  },
  stopped: { code: 'INSTANCE_STOPPED', message: 'The instance is stopped: start it first.' },
  halted: { code: 'INSTANCE_ERROR', message: 'The instance has halted and needs a person.' },
  cooling: { code: 'INSTANCE_ERROR', message: 'The instance has used up its restart budget.' },
  incompatible: { code: 'INSTANCE_ERROR', message: "WhatsApp's page cannot do what is needed." },
  ready: {
    code: 'INSTANCE_NOT_READY',
    message: 'Sends are not accepted in this state (QUEUE_ACCEPT_STATES).',
  },
  connecting: { code: 'INSTANCE_NOT_READY', message: 'The instance is not ready yet.' },
  disconnected: {
    code: 'INSTANCE_NOT_READY',
    message: 'The instance is not ready; it is waiting to restart.',
  },
};

/** The view's own reason says more than the state does where a person has to act in a way of its own. */
function refusalIn(view: InstanceView, state: AcceptState): Refusal {
  const { detail, reason } = view;
  const refusal = REFUSALS[state];
  if (!reason) return refusal;
  if (state === 'needs_qr')
    return detail === 'passkey' || detail === 'confirming' ? { ...refusal, message: reason } : refusal;
  return view.state === 'error' ? { ...refusal, message: `${refusal.message} ${reason}` } : refusal;
}

/** Null when the send is accepted. */
export function refusalOf(
  view: InstanceView,
  options: Pick<LifecycleOptions, 'queueAcceptStates'>,
): Refusal | null {
  const state = acceptStateOf(view);
  return options.queueAcceptStates.includes(state) ? null : refusalIn(view, state);
}

/**
 * A send of a kind that the page cannot do now is refused. Texts are accepted and wait: the whole queue does.
 */
export function capabilityRefusal(
  { off }: { readonly off: readonly PageCapability[] },
  content: ItemContent,
): { readonly code: 'NOT_SUPPORTED'; readonly message: string } | null {
  const lacks = needsOf(content).find((name) => name !== 'sendText' && off.includes(name));
  return lacks ? { code: 'NOT_SUPPORTED', message: cannot(lacks) } : null;
}

export const cannot = (capability: PageCapability): string =>
  `WhatsApp's page cannot do this now (${capability}). It is tested again from time to time; see docs/compatibility.md.`;

/** What stands in the way of ready until a person acts, or null: waiting would be in vain. */
export function obstacleTo(view: InstanceView): Refusal | null {
  const state = acceptStateOf(view);
  return state === 'halted' || state === 'needs_qr' || state === 'stopped' ? refusalIn(view, state) : null;
}
