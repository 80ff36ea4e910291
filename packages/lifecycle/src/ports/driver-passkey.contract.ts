/** The driver's contract: how a generation is linked where WhatsApp wants a passkey besides the scan. */
import { describe, expect, it } from 'vitest';
import type { DriverEvent } from './driver.js';
import type { DriverWorld, OpenedGeneration, PasskeyRules } from './driver-world.contract.js';
import { DEADLINE_MS, newId, SHORT_MS } from './driver-world.contract.js';

/** The steps of a linking, each once, in their order. */
const steps = (types: readonly DriverEvent['type'][]): readonly string[] =>
  [...new Set(types)].filter((type) => /^(passkey|authenticated|ready)/.test(type));

export function describePasskey(world: () => DriverWorld): void {
  /** A generation whose code was scanned by an account that wants a passkey. */
  const scanned = async (
    rules: PasskeyRules = {},
    pair: 'by scan' | 'by number' = 'by scan',
  ): Promise<OpenedGeneration> => {
    const instanceId = newId('passkey');
    const generation = world().open(instanceId);
    await generation.hears('qr');
    await world().settled(generation.opened);
    await world().harness.requirePasskey(instanceId, rules);
    const request = { ...generation.ref, phoneNumber: '4915112345678', deadlineMs: DEADLINE_MS };
    if (pair === 'by number') await world().settled(world().driver.requestPairingCode(request));
    await world().harness.scan(instanceId);
    return generation;
  };

  describe('linking with a passkey', () => {
    it.each(['by scan', 'by number'] as const)(
      'hands out the options, takes the assertion and is ready (%s)',
      async (pair) => {
        const linking = await scanned({}, pair);
        const { options, expiresAt } = await linking.hears('passkeyRequired');
        expect(options).toMatchObject({
          challenge: expect.stringMatching(/^[\w-]{20,}$/),
          rpId: 'whatsapp.com',
        });
        expect(expiresAt).toBeGreaterThan(0);
        expect(linking.types).toContain('scanned');
        expect(linking.types).not.toContain('authenticated');
        const assertion = await world().harness.assertPasskey(linking.instanceId, options);
        await world().settled(linking.submitPasskey(assertion));
        expect(linking.types).toContain('passkeyGiven');
        await linking.hears('ready');
        expect(steps(linking.types)).toEqual(['passkeyRequired', 'passkeyGiven', 'authenticated', 'ready']);
        // It is paired as any other.
        await world().close(linking.instanceId, 'graceful');
        expect((await world().ready(linking.instanceId)).types).not.toContain('passkeyRequired');
      },
    );

    it('gives the code that a person has to compare, and waits for that', async () => {
      const linking = await scanned({ code: true });
      const { options } = await linking.hears('passkeyRequired');
      const assertion = await world().harness.assertPasskey(linking.instanceId, options);
      await world().settled(linking.submitPasskey(assertion));
      const { code, confirm } = await linking.hears('passkeyCode');
      expect([code, confirm]).toEqual([expect.stringMatching(/^[0-9A-Z]{4}-[0-9A-Z]{4}$/), true]);
      expect(linking.types).not.toContain('authenticated');
      await world().harness.comparePasskeyCode(linking.instanceId, code);
      await linking.hears('ready');
    });

    it('says that it failed when WhatsApp refuses the assertion', async () => {
      const linking = await scanned();
      const { options } = await linking.hears('passkeyRequired');
      const other = { ...options, challenge: Buffer.alloc(32, 7).toString('base64url') };
      const assertion = await world().harness.assertPasskey(linking.instanceId, other);
      await world().settled(linking.submitPasskey(assertion));
      const { reason } = await linking.hears('passkeyFailed');
      expect(reason).not.toContain(assertion.response.signature);
      expect(linking.types).not.toContain('authenticated');
      expect(linking.losses).toEqual([]);
    });

    it('says that it failed when none comes in time, and takes none afterwards', async () => {
      const linking = await scanned({ timeout: SHORT_MS });
      const { options } = await linking.hears('passkeyRequired');
      await linking.hears('passkeyFailed');
      const assertion = await world().harness.assertPasskey(linking.instanceId, options);
      const { failure } = await world().failure(linking.submitPasskey(assertion));
      expect(failure.code).toBe('PROBE_FAILED');
      expect(failure.message).not.toContain(assertion.response.signature);
      expect(linking.all('passkeyFailed')).toHaveLength(1);
    });

    it('takes one assertion and no second, and none where none is asked for', async () => {
      const linking = await scanned({ code: true });
      const { options } = await linking.hears('passkeyRequired');
      const assertion = await world().harness.assertPasskey(linking.instanceId, options);
      await world().settled(linking.submitPasskey(assertion));
      expect((await world().failure(linking.submitPasskey(assertion))).failure.code).toBe('PROBE_FAILED');
      const ready = await world().pair(newId('no-passkey'));
      expect((await world().failure(ready.submitPasskey(assertion))).failure.code).toBe('PROBE_FAILED');
    });

    it('is lost with its browser, and links anew afterwards', async () => {
      const linking = await scanned();
      const { options } = await linking.hears('passkeyRequired');
      await world().harness.killBrowser(linking.instanceId);
      await linking.hears('lost');
      const assertion = await world().harness.assertPasskey(linking.instanceId, options);
      await world().failure(linking.submitPasskey(assertion));
      await world().close(linking.instanceId, 'kill');
      const again = world().open(linking.instanceId);
      await again.hears('qr');
      await world().settled(again.opened);
    });
  });
}
