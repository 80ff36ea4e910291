/** Dialogs on pages that only a person can answer, as alerts: raised once, and over with the dialog or its browser. */
import type { AlertFact } from '../domain/fact.js';
import type { Clock } from '../ports/clock.js';
import type { DriverEvent } from '../ports/driver.js';
import type { ManagedInstance } from './managed-instance.js';

export interface ActionAlertsDeps {
  readonly clock: Pick<Clock, 'now'>;
  readonly find: (instanceId: string) => ManagedInstance | undefined;
}

type ActionEvent = Extract<DriverEvent, { type: 'actionRequired' | 'actionTaken' }>;

export class ActionAlerts {
  private readonly deps: ActionAlertsDeps;
  private readonly standing = new Map<string, AlertFact>();

  constructor(deps: ActionAlertsDeps) {
    this.deps = deps;
  }

  note(instanceId: string, event: ActionEvent): void {
    if (event.type === 'actionTaken') {
      this.over(instanceId);
      return;
    }
    if (this.standing.has(instanceId)) return;
    const { heading, labels } = event;
    const buttons = labels.map((label) => `"${label}"`).join(', ') || 'no buttons';
    const message = `The page of "${instanceId}" shows a dialog that wakeeper could not close: "${heading}", with ${buttons}. WhatsApp may end the link unless a person answers it: look at the screenshot, and at the phone. A label that is missing can be added to ONBOARDING_LABELS.`;
    const body = { name: 'action_required', message, instances: [instanceId] };
    this.standing.set(instanceId, body);
    this.raise('alert.raised', instanceId, body);
  }

  /** The dialog is gone, or the browser that showed it. Idempotent. */
  over(instanceId: string): void {
    const body = this.standing.get(instanceId);
    if (!body) return;
    this.standing.delete(instanceId);
    this.raise('alert.resolved', instanceId, body);
  }

  /** The instance is removed, and no fact can name it any more. */
  forget(instanceId: string): void {
    this.standing.delete(instanceId);
  }

  private raise(type: 'alert.raised' | 'alert.resolved', instanceId: string, body: AlertFact): void {
    this.deps.find(instanceId)?.tell([{ type, instanceId, at: this.deps.clock.now(), body }]);
  }
}
