/** What every driver keeps, said once. An adapter's test is one call of `describeDriver`. */
import { afterAll, afterEach, beforeAll, describe } from 'vitest';
import { describeActing } from './driver-acting.contract.js';
import { describeClosing } from './driver-closing.contract.js';
import { describeDirectory } from './driver-directory.contract.js';
import { describeLosing } from './driver-losing.contract.js';
import { describeNewChats } from './driver-new-chats.contract.js';
import { describeOpening } from './driver-opening.contract.js';
import { describePasskey } from './driver-passkey.contract.js';
import { describeReceiving } from './driver-receiving.contract.js';
import { describeSending } from './driver-sending.contract.js';
import { describeTesting } from './driver-testing.contract.js';
import type { DriverHarness } from './driver-world.contract.js';
import { DriverWorld } from './driver-world.contract.js';

export type { Delivered, DriverHarness, PasskeyRules, Picture } from './driver-world.contract.js';

/**
 * Runs the contract. One world serves the whole suite, since a browser takes seconds to start.
 * @example describeDriver('simulated', async () => simulatedHarness())
 */
export function describeDriver(name: string, makeHarness: () => Promise<DriverHarness>): void {
  describe(`the ${name} driver`, () => {
    let world: DriverWorld | undefined;
    const current = (): DriverWorld => {
      if (!world) throw new Error('The harness could not be made.');
      return world;
    };

    beforeAll(async () => {
      world = new DriverWorld(await makeHarness());
      await world.restart();
    });
    afterEach(() => world?.sweep());
    afterAll(async () => {
      if (world) await world.settled(world.driver.shutdown());
      await world?.harness.dispose();
    });

    describeOpening(current);
    describePasskey(current);
    describeTesting(current);
    describeSending(current);
    describeNewChats(current);
    describeDirectory(current);
    describeReceiving(current);
    describeActing(current);
    describeLosing(current);
    describeClosing(current);
  });
}
