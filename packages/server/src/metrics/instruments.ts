/**
 * Every metric of the server, declared once. Names and labels stand in docs/metrics.md too, and a test holds the two
 * together. No label ever carries an id, an address or a path that somebody outside has chosen: series are bounded.
 */
import { INSTANCE_STATES } from '@wakeeper/lifecycle';
import { Counter, Gauge, Histogram, type Registry } from 'prom-client';

/** From a page call to a message with a film in it. */
const SEND_SECONDS = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 180];
/** From a warm profile to READY_TIMEOUT_MS and a long sync. */
const READY_SECONDS = [1, 2.5, 5, 10, 20, 30, 60, 120, 180, 300, 600];
const RECOVERY_SECONDS = [1, 5, 10, 30, 60, 120, 300, 600, 1800, 3600];
const STORE_SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];
const HTTP_SECONDS = [0.001, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30];

const SEND_RESULTS = ['sent', 'failed', 'uncertain', 'expired', 'cancelled'] as const;
const CALL_RESULTS = ['ok', 'failed'] as const;

export type Instruments = ReturnType<typeof createInstruments>;

export function createInstruments(registry: Registry) {
  const registers = [registry];
  const gauge = (name: string, help: string) => new Gauge({ name, help, registers });
  const instruments = {
    instances: new Gauge({
      name: 'wakeeper_instances',
      help: 'Instances in each of the five states.',
      labelNames: ['state'],
      registers,
    }),
    instancesWanted: gauge('wakeeper_instances_wanted', 'Instances that are wanted running.'),
    instancesCooling: gauge(
      'wakeeper_instances_cooling',
      'Instances in error whose restart budget is used up.',
    ),
    instancesHalted: gauge('wakeeper_instances_halted', 'Instances in error that need a person.'),
    instancesIncompatible: gauge(
      'wakeeper_instances_incompatible',
      "Instances in error since WhatsApp's page cannot do what is needed.",
    ),
    capabilitiesMissing: new Gauge({
      name: 'wakeeper_page_capabilities_missing',
      help: 'Instances whose page lacks the capability, by its self-test or by what it refused.',
      labelNames: ['capability'],
      registers,
    }),
    transitions: new Counter({
      name: 'wakeeper_transitions_total',
      help: 'Changes from one of the five states to another.',
      labelNames: ['from', 'to'],
      registers,
    }),
    recoverySeconds: new Histogram({
      name: 'wakeeper_recovery_duration_seconds',
      help: 'From the loss of ready to the next ready, of instances wanted running all the time.',
      buckets: RECOVERY_SECONDS,
      registers,
    }),
    restarts: new Counter({
      name: 'wakeeper_restarts_total',
      help: 'Restarts that were paid for out of the restart budget.',
      labelNames: ['rung', 'cause'],
      registers,
    }),
    restartsUsed: gauge(
      'wakeeper_restart_budget_used',
      'Restarts within WINDOW_MINUTES that count against the budgets of all instances together.',
    ),
    launching: gauge('wakeeper_launches_running', 'Browsers that are starting.'),
    launchesWaiting: gauge(
      'wakeeper_launches_waiting',
      'Instances that wait until they may start their browser.',
    ),
    browserStarts: new Counter({
      name: 'wakeeper_browser_starts_total',
      help: 'Generations opened, soft ones too.',
      labelNames: ['rung', 'result'],
      registers,
    }),
    readySeconds: new Histogram({
      name: 'wakeeper_ready_duration_seconds',
      help: 'From the start of a browser to ready, of generations that showed no code.',
      labelNames: ['rung'],
      buckets: READY_SECONDS,
      registers,
    }),
    healthChecks: new Counter({
      name: 'wakeeper_health_checks_total',
      help: 'Probes of pages that are ready.',
      labelNames: ['result'],
      registers,
    }),
    queueDepth: gauge('wakeeper_queue_depth', 'Items queued and sending, of all instances.'),
    queueHeld: gauge(
      'wakeeper_queue_held',
      'Items that wait for a person, of all instances: another account is paired than theirs.',
    ),
    queueDepthMax: gauge(
      'wakeeper_queue_depth_max',
      'Items queued and sending, of the instance that has most.',
    ),
    queueMaxSize: gauge('wakeeper_queue_max_size', 'MAX_QUEUE_SIZE: as many may wait of one instance.'),
    queueOldest: gauge(
      'wakeeper_queue_oldest_age_seconds',
      'Age of the oldest item that is queued or being sent; 0 when there is none.',
    ),
    messagesQueued: new Counter({
      name: 'wakeeper_messages_queued_total',
      help: 'Items accepted into queues.',
      labelNames: ['type'],
      registers,
    }),
    messagesSent: new Counter({
      name: 'wakeeper_messages_sent_total',
      help: 'Items that left their queue, by how it ended.',
      labelNames: ['result'],
      registers,
    }),
    messagesReceived: new Counter({
      name: 'wakeeper_messages_received_total',
      help: 'Messages received.',
      registers,
    }),
    messagesUnreadable: new Counter({
      name: 'wakeeper_messages_unreadable_total',
      help: 'Messages that the page could not read.',
      registers,
    }),
    sendSeconds: new Histogram({
      name: 'wakeeper_send_duration_seconds',
      help: 'Calls of the page that send, by what it answered.',
      labelNames: ['outcome'],
      buckets: SEND_SECONDS,
      registers,
    }),
    alertActive: new Gauge({
      name: 'wakeeper_alert_active',
      help: 'Alerts that are raised now.',
      labelNames: ['alert'],
      registers,
    }),
    alertsRaised: new Counter({
      name: 'wakeeper_alerts_raised_total',
      help: 'Alerts raised.',
      labelNames: ['alert'],
      registers,
    }),
    commitSeconds: new Histogram({
      name: 'wakeeper_store_commit_duration_seconds',
      help: 'Writes to the store, until they are durable.',
      labelNames: ['result'],
      buckets: STORE_SECONDS,
      registers,
    }),
    readSeconds: new Histogram({
      name: 'wakeeper_store_read_duration_seconds',
      help: 'Reads of the store.',
      labelNames: ['result'],
      buckets: STORE_SECONDS,
      registers,
    }),
    webhookAttempts: new Counter({
      name: 'wakeeper_webhook_attempts_total',
      help: 'Attempts of deliveries to webhooks.',
      labelNames: ['result'],
      registers,
    }),
    webhookBacklog: gauge('wakeeper_webhook_backlog', 'Deliveries that wait, of all webhooks.'),
    webhookDead: new Counter({
      name: 'wakeeper_webhook_dead_total',
      help: 'Deliveries that were given up.',
      registers,
    }),
    webhookOpen: gauge('wakeeper_webhook_endpoint_open', 'Webhooks whose endpoint keeps failing.'),
    httpSeconds: new Histogram({
      name: 'http_request_duration_seconds',
      help: 'Requests, by the pattern of their route.',
      labelNames: ['method', 'route', 'status'],
      buckets: HTTP_SECONDS,
      registers,
    }),
  };
  // A counter that is not there cannot be seen to rise from nothing.
  for (const result of SEND_RESULTS) instruments.messagesSent.inc({ result }, 0);
  for (const result of CALL_RESULTS) {
    instruments.healthChecks.inc({ result }, 0);
    instruments.webhookAttempts.inc({ result }, 0);
    instruments.commitSeconds.zero({ result });
    instruments.readSeconds.zero({ result });
  }
  for (const type of ['message', 'poll']) instruments.messagesQueued.inc({ type }, 0);
  for (const from of INSTANCE_STATES)
    for (const to of INSTANCE_STATES) if (from !== to) instruments.transitions.inc({ from, to }, 0);
  return instruments;
}
