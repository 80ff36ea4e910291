/** The chart's vocabulary: guards, actions, delays and actors, each a one-liner over policy/ and the ports. */
import { assign, fromPromise, setup, spawnChild, stopChild } from 'xstate';
import type { PageReport } from '../domain/page-report.js';
import { backoffMs, spread } from '../policy/backoff.js';
import { incompatibilityOf, obstaclesIn } from '../policy/page-policy.js';
import { MOST_PASSKEY_MS, PASSKEY_CONFIRM_MS } from '../policy/passkey-wait.js';
import { type Budget, coolingMs, isBudgetUsedUp, nextRung } from '../policy/restart-ladder.js';
import { spendRestart } from '../policy/restart-window.js';
import type { CloseMode, DriverFailure } from '../ports/driver.js';
import { driverActor } from './driver-actor.js';
import {
  type DriverFact,
  type InstanceContext,
  type InstanceEvent,
  type InstanceInput,
  isFatal,
  isReconnecting,
  isUnpairing,
} from './instance-events.js';
import type { InstancePorts } from './instance-ports.js';
import { identityReason, isIdentified, isUnexpected, pairedAccount } from './paired-account.js';
import type { ClosingInput } from './teardown.js';

export const budgetOf = (context: Pick<InstanceContext, 'options'>): Budget => ({
  maxRestarts: context.options.maxRestartsPerWindow,
  windowMs: context.options.windowMinutes * 60_000,
});

/** A soft rung keeps the client; otherwise the browser is killed. */
export const closingMode = (context: InstanceContext): CloseMode =>
  (context.granted ? context.rung : nextRung(context)) === 'soft' ? 'soft' : 'kill';

const reportIn = (event: InstanceEvent): PageReport | null =>
  event.type === 'driver.pageTested' ? event.report : null;

export interface CallInput {
  readonly instanceId: string;
  readonly generation: number;
  readonly deadlineMs: number;
}

/** The page logged out in the attempts before this one: that is why it asks for a scan now. */
const logoutBefore = ({ lastError, attempts }: InstanceContext) => {
  const isCause = lastError?.code === 'SESSION_ENDED' && attempts > 0;
  if (!isCause) return { sentence: '', noted: {} };
  const { message, logoutReason } = lastError;
  return { sentence: ` Before that: ${message}`, noted: logoutReason === undefined ? {} : { logoutReason } };
};

/** Once a process: the machine object made from it is shared by all instances. */
export const createInstanceSetup = (ports: InstancePorts) => {
  const now = () => ports.clock.now();
  const isObstructed = (report: PageReport | null) =>
    report !== null && obstaclesIn(report, ports.pageSelfTest()).length > 0;
  const isProved = (context: InstanceContext) => isIdentified(context, ports.expectedAccountOf(context.id));
  const left = (until: number | null) => Math.max(0, (until ?? 0) - now());

  return setup({
    types: {
      context: {} as InstanceContext,
      events: {} as InstanceEvent,
      input: {} as InstanceInput,
      tags: {} as 'driverOpen' | 'settled',
      children: {} as {
        driver: 'driver';
        permit: 'launchPermit';
        close: 'closeDriver';
        drain: 'drain';
        logout: 'logout';
        probe: 'probe';
        reload: 'reload';
      },
    },
    actors: {
      driver: driverActor(ports),
      launchPermit: fromPromise<void, { instanceId: string }>(({ input, signal }) =>
        ports.acquireLaunch(input.instanceId, signal),
      ),
      closeDriver: fromPromise<void, ClosingInput>(({ input }) => ports.driver.close(input)),
      drain: fromPromise<void, { instanceId: string }>(({ input }) => ports.drain(input.instanceId)),
      logout: fromPromise<void, { instanceId: string; generation: number | null; deadlineMs: number }>(
        ({ input }) => ports.logout(input.instanceId, input.generation, input.deadlineMs),
      ),
      probe: fromPromise<void, CallInput>(({ input }) => ports.driver.probe(input)),
      reload: fromPromise<void, CallInput>(({ input }) => ports.driver.reload(input)),
    },
    actions: {
      wantRunning: assign({ wanted: 'running' }),
      wantStopped: assign({ wanted: 'stopped' }),
      forgetRestored: assign({ restored: null }),

      openGate: ({ context }) =>
        ports.openGate(context.id, context.generation, isProved(context) ? context.account : null),
      closeGate: ({ context }) => ports.closeGate(context.id),
      releaseLaunch: ({ context }) => ports.releaseLaunch(context.id),
      /** A logout goes on with the browser that is starting, and gives the permit back when that has closed. */
      endLaunch: ({ context, event }) => {
        if (event.type !== 'instance.logout') ports.releaseLaunch(context.id);
      },
      announceClosed: ({ context }) => ports.generationClosed(context.id, context.generation),

      beginGeneration: assign(({ context }) => {
        const { maxRestarts, windowMs } = budgetOf(context);
        return {
          generation: context.generation + 1,
          live: context.generation + 1,
          deadlineAt: now() + context.options.readyTimeoutMs,
          restored: null,
          spends: false,
          granted: false,
          fatal: false,
          sawLogout: false,
          syncSince: null,
          retryAt: null,
          pageError: null,
          page: null,
          pageReady: false,
          passkeyFailure: null,
          ...(context.spends && {
            restarts: spendRestart(context.restarts, now(), windowMs, maxRestarts),
            attempts: Math.min(maxRestarts, context.attempts + 1),
          }),
        };
      }),
      openDriver: spawnChild('driver', {
        id: 'driver',
        input: ({ context }: { context: InstanceContext }) => ({
          instanceId: context.id,
          generation: context.generation,
          rung: context.rung,
        }),
      }),
      dropDriver: stopChild('driver'),
      forgetGeneration: assign({
        live: null,
        deadlineAt: null,
        syncSince: null,
        pageError: null,
        page: null,
        pageReady: false,
        qr: null,
        qrIssuedAt: null,
        passkey: null,
      }),

      noteFailure: assign((_, failure: DriverFailure) => ({
        reason: failure.message,
        lastError: { ...failure, at: now() },
        fatal: isFatal(failure),
      })),
      noteReason: assign((_, params: { reason: string | null }) => ({ reason: params.reason })),
      /** The reason gives way where the instance goes on to another account: its last error keeps what a person has to do. */
      noteUntold: assign(({ context }, { reason }: { reason: string }) => ({
        reason,
        ...(context.wanted === 'running' &&
          context.lastError && {
            lastError: { ...context.lastError, message: `${context.lastError.message} ${reason}` },
          }),
      })),
      notePage: assign(({ context, event }) => ({ page: reportIn(event) ?? context.page })),
      noteIncompatible: assign(({ context, event }) => {
        const report = reportIn(event) ?? context.page;
        if (!report) return {};
        const message = incompatibilityOf(report, ports.pageSelfTest());
        return {
          page: report,
          reason: message,
          lastError: { code: 'INCOMPATIBLE_PAGE', message, at: now() },
        };
      }),
      planRetest: assign(({ context }) => ({
        retryAt: now() + spread(context.options.pageRetestMs, 0.2, ports.clock.random()),
      })),
      // What the page lacked before says nothing of the one that is loaded now.
      beginRetest: assign({ page: null, pageReady: false, retryAt: null }),
      notePageError: assign((_, params: { message: string }) => ({ pageError: params.message })),

      planFree: assign({ rung: 'hard', spends: false, granted: false }),
      planRung: assign(({ context }) => ({
        rung: nextRung(context),
        spends: true,
        retryAt: now() + backoffMs(context.attempts, context.options.restartBackoffMs, ports.clock.random()),
      })),
      planByHand: assign(({ context, event }) => ({
        rung: (event.type === 'instance.restart' ? event.mode : undefined) ?? nextRung(context),
        spends: true,
        granted: true,
        fatal: false,
        reason: 'Restart asked for.',
      })),
      planAfterCooling: assign({ rung: 'hard', spends: true, granted: true }),
      planCooling: assign(({ context }) => ({
        retryAt: now() + coolingMs(budgetOf(context)),
        reason: `The restart budget is used up (${context.options.maxRestartsPerWindow} in ${context.options.windowMinutes} minutes); it tries again at a slower rate. Last: ${context.lastError?.message ?? 'unknown'}`,
      })),
      planResume: assign(({ context }) => ({
        rung: 'hard' as const,
        spends: false,
        retryAt: now() + Math.floor(context.options.resumeSpreadMs * ports.clock.random()),
      })),
      planSuspended: assign(({ context }) => ({
        rung: 'hard' as const,
        spends: false,
        granted: false,
        retryAt: now() + budgetOf(context).windowMs,
        reason: context.suspension,
      })),
      forgetRetry: assign({ retryAt: null }),
      resetLadder: assign({ attempts: 0, reloadUsed: false }),

      suspend: assign((_, params: { reason: string }) => ({ suspension: params.reason })),
      resume: assign({ suspension: null }),

      beginQrWindow: assign(({ context }) => ({ qrUntil: now() + context.options.qrTimeoutMs })),
      rememberQr: assign((_, params: { qr: string }) => ({ qr: params.qr, qrIssuedAt: now() })),
      forgetQr: assign({ qr: null, qrIssuedAt: null, qrUntil: null, profileCleared: false }),
      noteCleared: assign(({ context }) => ({ profileCleared: context.lastError?.code === 'LOGGED_OUT' })),
      noteQrNeeded: assign(({ context }) => ({
        paired: false,
        profileCleared: false,
        me: null,
        page: null,
        pageReady: false,
        ...(context.paired
          ? {
              reason: `Pairing lost: WhatsApp asks for a new scan of an account that was paired.${logoutBefore(context).sentence}`,
              lastError: {
                code: 'PAIRING_LOST',
                message: 'WhatsApp asks for a new scan.',
                at: now(),
                ...logoutBefore(context).noted,
              },
            }
          : { reason: 'Scan the code with the phone.' }),
      })),
      notePairingEnded: assign({ paired: false, me: null, sawLogout: true }),

      requirePasskey: assign(({ context, event }) =>
        event.type === 'driver.passkeyRequired'
          ? {
              passkey: {
                options: event.options,
                expiresAt: Math.min(event.expiresAt, now() + MOST_PASSKEY_MS),
                code: null,
                confirm: false,
              },
              passkeyFailure: null,
              qr: null,
              qrIssuedAt: null,
              deadlineAt: null,
              syncSince: null,
              reason: `WhatsApp asks for a passkey of the account: \`wakeeper passkey ${context.id}\` leads through it.`,
            }
          : {},
      ),
      notePasskeyGiven: assign(({ context: { passkey } }) => ({
        passkey: passkey && { ...passkey, expiresAt: now() + PASSKEY_CONFIRM_MS },
        reason: 'WhatsApp and the phone check the passkey.',
      })),
      notePasskeyCode: assign(({ context: { passkey }, event }) =>
        event.type === 'driver.passkeyCode'
          ? {
              passkey: passkey && { ...passkey, code: event.code, confirm: event.confirm },
              reason: event.confirm
                ? 'Compare the code with the one on the phone, and confirm it there.'
                : 'WhatsApp and the phone check the passkey.',
            }
          : {},
      ),
      failPasskey: assign((_, { reason }: { reason: string }) => ({
        passkey: null,
        passkeyFailure: reason,
        reason: `${reason} Ask for the code to begin again.`,
      })),
      forgetPasskey: assign({ passkey: null }),

      beginSync: assign(({ context }) => ({
        syncSince: now(),
        deadlineAt: now() + context.options.readyTimeoutMs,
        reason: 'The page receives its history from WhatsApp.',
      })),
      extendSync: assign(({ context }) => ({
        deadlineAt: Math.min(
          now() + context.options.readyTimeoutMs,
          (context.syncSince ?? now()) + context.options.syncTimeoutMs,
        ),
      })),
      notePaired: assign({ paired: true }),
      noteReady: assign(({ context, event }) => {
        const me = (event.type === 'driver.ready' ? event.me : null) ?? context.me;
        const paired = pairedAccount(me, context.account);
        return {
          ...paired,
          paired: true,
          reason: identityReason(paired, ports.expectedAccountOf(context.id)),
          deadlineAt: null,
          syncSince: null,
          pageReady: true,
        };
      }),
      noteUnexpected: assign(({ context, event }) => {
        const number = (event.type === 'driver.ready' ? event.me?.phoneNumber : null) ?? 'another number';
        const message = `Paired with ${number}, and this instance expects ${ports.expectedAccountOf(context.id)} alone: the account is unlinked. Scan with the expected phone, or change expectedAccount.`;
        return { reason: message, lastError: { code: 'UNEXPECTED_ACCOUNT', message, at: now() } };
      }),
      noteConnected: assign(({ context }) => ({
        reason: identityReason(context, ports.expectedAccountOf(context.id)),
      })),
      noteReloadUsed: assign({ reloadUsed: true }),
      countProbeFailure: assign(({ context }) => ({ probeFailures: context.probeFailures + 1 })),
      forgetProbeFailures: assign({ probeFailures: 0 }),
      /** A restart asked for while one runs is that one. */
      joinRestart: () => {},
    },
    guards: {
      isLive: ({ context, event }) => (event as DriverFact).generation === context.live,
      wantsRunning: ({ context }) => context.wanted === 'running',
      wasAskingForQr: ({ context }) => context.restored === 'needs_qr',
      isFatal: ({ context }) => context.fatal,
      isSuspended: ({ context }) => context.suspension !== null,
      isGranted: ({ context }) => context.granted,
      isBudgetUsedUp: ({ context }) => isBudgetUsedUp(context, budgetOf(context), now()),
      hasBudget: ({ context }) => !isBudgetUsedUp(context, budgetOf(context), now()),
      isLiveAndUnpairing: ({ context, event }) =>
        (event.type === 'driver.lost' || event.type === 'driver.openFailed') &&
        event.generation === context.live &&
        isUnpairing(event.failure),
      /** What was removed right before is not removed again: whatever fails then must not open one browser after another. */
      isLiveAndWorthless: ({ context, event }) =>
        (event.type === 'driver.lost' || event.type === 'driver.openFailed') &&
        event.generation === context.live &&
        event.failure.code === 'LOGGED_OUT' &&
        !context.profileCleared,
      isLiveAndUnexpected: ({ context, event }) =>
        event.type === 'driver.ready' &&
        event.generation === context.live &&
        isUnexpected(event.me, ports.expectedAccountOf(context.id)),
      isLiveAndReconnecting: ({ context, event }) =>
        event.type === 'driver.socketState' &&
        event.generation === context.live &&
        isReconnecting(event.state),
      isLiveAndConnected: ({ context, event }) =>
        event.type === 'driver.socketState' &&
        event.generation === context.live &&
        event.state === 'CONNECTED',
      isLiveAndIncompatible: ({ context, event }) =>
        (event as DriverFact).generation === context.live && isObstructed(reportIn(event) ?? context.page),
      isLiveAndUsable: ({ context, event }) =>
        event.type === 'driver.pageTested' &&
        event.generation === context.live &&
        context.pageReady &&
        !isObstructed(event.report),
      isIncompatible: ({ context }) => isObstructed(context.page),
      isLiveAndCanReload: ({ context, event }) =>
        event.type === 'driver.pageCrashed' && event.generation === context.live && !context.reloadUsed,
      isLastProbe: ({ context }) => context.probeFailures + 1 >= context.options.maxProbeFailures,
      hasPageError: ({ context }) => context.pageError !== null,
    },
    delays: {
      launchWait: ({ context }) => Math.max(context.options.readyTimeoutMs, 10 * 60_000),
      attemptDeadline: ({ context }) => left(context.deadlineAt),
      untilRetry: ({ context }) => left(context.retryAt),
      qrExpiry: ({ context }) => left(context.qrUntil),
      passkeyExpiry: ({ context }) => left(context.passkey?.expiresAt ?? null),
      // The adapter keeps the deadline itself and kills; this one is for an adapter that does not.
      closeDeadline: ({ context }) => context.options.closeTimeoutMs + 5_000,
      logoutDeadline: ({ context }) =>
        context.options.logoutTimeoutMs + context.options.closeTimeoutMs + 5_000,
      drainDeadline: ({ context }) => context.options.drainTimeoutMs + 1_000,
      reconnectGrace: ({ context }) => context.options.reconnectGraceMs,
      reloadDeadline: ({ context }) => context.options.reloadTimeoutMs,
      probeInterval: ({ context }) =>
        spread(context.options.healthCheckIntervalMs, 0.2, ports.clock.random()),
      probeDeadline: ({ context }) => context.options.probeTimeoutMs + 1_000,
      stableAfter: ({ context }) => context.options.stableAfterMs,
    },
  });
};
export type InstanceSetup = ReturnType<typeof createInstanceSetup>;
