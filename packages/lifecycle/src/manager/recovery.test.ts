/** How instances come back, and what they do when the fault is not theirs: the manager over a simulated world. */
import { afterEach, describe, expect, it } from 'vitest';
import { MemoryData } from '../stores/memory/memory-data.js';
import { memoryStore } from '../stores/memory/memory-store.js';
import { closeFleets, Fleet } from './fleet.fixture.js';

const MINUTE = 60_000;

afterEach(closeFleets);

describe('the restart ladder', () => {
  it('goes soft, then hard, waiting longer each time, until the budget is used up; then it cools and goes on', async () => {
    const fleet = await Fleet.ready(1);
    fleet.whatsapp.faults('i0').always('open', { reject: 'LAUNCH_FAILED' });
    fleet.whatsapp.browser('i0').exit();
    await fleet.clock.until(() => fleet.detail('i0') === 'cooling');
    expect(fleet.whatsapp.openings('i0').map(({ rung }) => rung)).toEqual([
      'hard',
      'soft',
      'hard',
      'hard',
      'hard',
      'hard',
    ]);
    const cooling = fleet.manager.get('i0');
    expect(cooling).toMatchObject({
      state: 'error',
      restarts: { used: 5, max: 5 },
      lastError: { code: 'LAUNCH_FAILED' },
    });
    expect(cooling.reason).toMatch(/budget is used up/);
    expect((cooling.retryAt ?? 0) - fleet.clock.now()).toBe(2 * MINUTE);
    const before = fleet.whatsapp.openings('i0').length;
    await fleet.clock.advance(20 * MINUTE);
    const tries = fleet.whatsapp.openings('i0').length - before;
    expect(tries).toBeGreaterThanOrEqual(9);
    expect(tries).toBeLessThanOrEqual(10);
    fleet.whatsapp.faults('i0').clear();
    await fleet.clock.until(() => fleet.all('ready'));
  });

  it('is reset by five minutes of ready, and not by less', async () => {
    const fleet = await Fleet.ready(1);
    const lose = async () => {
      fleet.whatsapp.browser('i0').exit();
      await fleet.clock.until(() => !fleet.all('ready'));
      await fleet.clock.until(() => fleet.all('ready'));
    };
    await lose();
    await fleet.clock.advance(4 * MINUTE);
    await lose();
    await fleet.clock.advance(6 * MINUTE);
    await lose();
    expect(fleet.whatsapp.openings('i0').map(({ rung }) => rung)).toEqual(['hard', 'soft', 'hard', 'soft']);
  });

  it('stays reset when the process is killed after them: the record says so', async () => {
    const data = new MemoryData();
    const fleet = await Fleet.ready(1, { store: memoryStore({ data }) });
    fleet.whatsapp.faults('i0').next('open', { reject: 'LAUNCH_FAILED' }, 3);
    fleet.whatsapp.browser('i0').exit();
    await fleet.clock.until(() => !fleet.all('ready'));
    await fleet.clock.until(() => fleet.all('ready'));
    expect(data.instances.get('i0')).toMatchObject({ state: 'ready', attempts: 4 });
    await fleet.clock.advance(6 * MINUTE);
    expect(data.instances.get('i0')).toMatchObject({ state: 'ready', attempts: 0 });
  });

  it('is used up after five attempts in a row that never became ready, although they never fit into the window', async () => {
    const fleet = await Fleet.ready(1);
    fleet.whatsapp.faults('i0').always('open', 'hang');
    fleet.whatsapp.browser('i0').exit();
    await fleet.clock.until(() => fleet.detail('i0') === 'cooling');
    expect(fleet.manager.get('i0').restarts.used).toBeLessThan(5);
    expect(fleet.whatsapp.openings('i0')).toHaveLength(1 + 5);
  });

  it('halts where only a person can mend it, and names the remedy; only a start leaves it', async () => {
    const fleet = await Fleet.ready(1);
    fleet.whatsapp.faults('i0').next('open', { reject: 'BROWSER_NOT_FOUND' });
    fleet.whatsapp.browser('i0').exit();
    await fleet.clock.until(() => fleet.detail('i0') === 'halted');
    await fleet.clock.advance(24 * 60 * MINUTE);
    expect(fleet.manager.get('i0')).toMatchObject({ state: 'error', detail: 'halted', retryAt: null });
    await fleet.manager.start('i0');
    await fleet.clock.until(() => fleet.all('ready'));
  });

  it('reloads a crashed page for nothing, once', async () => {
    const fleet = await Fleet.ready(1);
    fleet.whatsapp.browser('i0').crash();
    await fleet.clock.until(() => fleet.detail('i0') === 'reloading');
    await fleet.clock.until(() => fleet.all('ready'));
    expect(fleet.manager.get('i0').restarts.used).toBe(0);
    fleet.whatsapp.browser('i0').crash();
    await fleet.clock.until(() => !fleet.all('ready'));
    await fleet.clock.until(() => fleet.all('ready'));
    expect(fleet.manager.get('i0').restarts.used).toBe(1);
  });

  it('begins after three probes in a row that were not answered', async () => {
    const fleet = await Fleet.ready(1);
    fleet.whatsapp.browser('i0').hang();
    const ms = await fleet.clock.until(() => !fleet.all('ready'));
    expect(ms).toBeGreaterThan(2 * 24_000);
    expect(ms).toBeLessThan(3 * (36_000 + 6_000) + 1_000);
    expect(fleet.manager.get('i0').lastError?.code).toBe('PROBE_FAILED');
    await fleet.clock.until(() => fleet.all('ready'));
  });

  it('begins when a page answers every probe and never ends a send: the queue must not stand still for ever', async () => {
    const fleet = await Fleet.ready(1, { sendWaitMs: 0 });
    fleet.whatsapp.faults('i0').next('send', 'hang');
    for (const text of ['swallowed', 'behind it'])
      await fleet.manager.send('i0', { type: 'message', payload: { to: '4915112345678', text } });
    await fleet.clock.until(() => !fleet.all('ready'), 2 * MINUTE);
    expect(fleet.manager.get('i0').lastError?.code).toBe('PAGE_HUNG');
    await fleet.clock.until(() => fleet.manager.get('i0').queueDepth === 0);
    expect((await fleet.manager.queue('i0')).items.map(({ status }) => status)).toEqual([
      'uncertain',
      'sent',
    ]);
  });
});

describe('the launch gate', () => {
  it('keeps its place for a browser whose launch ends in a logout, until that has closed', async () => {
    const fleet = await Fleet.ready(2, { maxConcurrentLaunches: 1 });
    for (const id of fleet.ids) await fleet.manager.stop(id);
    await fleet.clock.until(() => fleet.ids.every((id) => fleet.detail(id) === 'stopped'));
    fleet.whatsapp.faults('i0').next('open', 'hang').next('logout', 'hang');
    await fleet.manager.start('i0');
    await fleet.manager.start('i1');
    await fleet.clock.until(() => fleet.detail('i0') === 'launching');
    void fleet.manager.logout('i0');
    await fleet.clock.advance(10_000);
    expect([fleet.detail('i0'), fleet.whatsapp.browsers]).toEqual(['loggingOut', 1]);
    expect(fleet.detail('i1')).toBe('queued');
    await fleet.clock.until(() => fleet.detail('i1') === 'launching');
    expect(fleet.whatsapp.openGeneration('i0')).toBeNull();
  });
});

describe("WhatsApp's own socket", () => {
  it('may reconnect for a minute: sends pause, no budget is spent', async () => {
    const fleet = await Fleet.ready(1);
    fleet.whatsapp.browser('i0').setSocketState('TIMEOUT');
    await fleet.clock.until(() => fleet.detail('i0') === 'reconnecting');
    await fleet.clock.advance(50_000);
    fleet.whatsapp.browser('i0').setSocketState('CONNECTED');
    await fleet.clock.until(() => fleet.all('ready'));
    expect(fleet.manager.get('i0').restarts.used).toBe(0);
  });

  it('leads to the ladder when it is still stuck then', async () => {
    const fleet = await Fleet.ready(1);
    fleet.whatsapp.browser('i0').setSocketState('OPENING');
    await fleet.clock.until(() => fleet.manager.get('i0').lastError?.code === 'SOCKET_STUCK');
    await fleet.clock.until(() => fleet.all('ready'));
    expect(fleet.manager.get('i0').restarts.used).toBe(1);
  });
});

describe('needs_qr', () => {
  it('is where an account that the phone has unlinked goes: profile removed, a new client shows codes', async () => {
    const fleet = await Fleet.ready(1);
    fleet.whatsapp.phone('i0').unlink();
    await fleet.clock.until(() => fleet.detail('i0') === 'showing');
    expect(fleet.manager.get('i0')).toMatchObject({ state: 'needs_qr', restarts: { used: 0 }, me: null });
    fleet.whatsapp.phone('i0').scan();
    await fleet.clock.until(() => fleet.all('ready'));
  });

  it('is where an account goes that is found unlinked while its browser opens: no rung, no budget', async () => {
    const fleet = await Fleet.ready(1);
    await fleet.manager.stop('i0');
    await fleet.clock.until(() => fleet.detail('i0') === 'stopped');
    fleet.whatsapp.faults('i0').next('open', { reject: 'LOGGED_OUT' });
    await fleet.manager.start('i0');
    await fleet.clock.until(() => fleet.manager.get('i0').lastError !== null);
    expect(fleet.manager.get('i0')).toMatchObject({ state: 'needs_qr', lastError: { code: 'LOGGED_OUT' } });
    await fleet.clock.until(() => fleet.detail('i0') === 'showing');
    expect(fleet.manager.get('i0')).toMatchObject({ restarts: { used: 0 }, me: null });
  });

  it('removes a profile that is found worthless only when a code is asked for, and shows one of a new profile', async () => {
    const fleet = await Fleet.ready(1);
    fleet.whatsapp.faults('i0').next('open', { reject: 'LOGGED_OUT' });
    fleet.whatsapp.browser('i0').setSocketState('UNPAIRED');
    await fleet.clock.until(() => fleet.manager.get('i0').lastError?.code === 'LOGGED_OUT');
    expect(fleet.manager.get('i0')).toMatchObject({ state: 'needs_qr', detail: 'clearing' });
    await fleet.clock.until(() => fleet.detail('i0') === 'showing');
    expect(fleet.whatsapp.isPaired('i0')).toBe(false);
    expect(fleet.manager.get('i0').restarts.used).toBe(0);
  });

  it('opens no browser after the other for a profile that is called logged out right after it was removed', async () => {
    const fleet = await Fleet.ready(1);
    fleet.whatsapp.faults('i0').always('open', { reject: 'LOGGED_OUT' });
    fleet.whatsapp.phone('i0').unlink();
    await fleet.clock.until(() => fleet.detail('i0') === 'expired');
    await fleet.clock.advance(60 * MINUTE);
    const { items } = await fleet.manager.history('i0', { limit: 500 });
    const details = items.map((fact) => fact.type === 'instance.state' && fact.body.detail);
    expect(details.filter((detail) => detail === 'opening')).toHaveLength(1);
    expect(fleet.detail('i0')).toBe('expired');
  });

  it('closes the browser that nobody looks at, stays, and opens it again when somebody asks', async () => {
    const fleet = await Fleet.ready(1);
    fleet.whatsapp.phone('i0').unlink();
    await fleet.clock.until(() => fleet.detail('i0') === 'expired');
    expect(fleet.whatsapp.browsers).toBe(0);
    await fleet.clock.advance(60 * MINUTE);
    expect(fleet.manager.get('i0')).toMatchObject({
      state: 'needs_qr',
      detail: 'expired',
      restarts: { used: 0 },
    });
    expect(fleet.manager.get('i0').reason).toMatch(/Nobody scanned/);
    void fleet.manager.qr('i0').catch(() => {});
    await fleet.clock.until(() => fleet.detail('i0') === 'showing');
    expect((await fleet.manager.qr('i0')).expiresAt).toBeGreaterThan(fleet.clock.now());
  });

  it('says that the pairing was lost when a paired account is asked for a scan', async () => {
    const fleet = await Fleet.ready(1);
    await fleet.manager.stop('i0');
    await fleet.clock.until(() => fleet.detail('i0') === 'stopped');
    fleet.whatsapp.phone('i0').unlink();
    await fleet.manager.start('i0');
    await fleet.clock.until(() => fleet.detail('i0') === 'showing');
    expect(fleet.manager.get('i0').lastError?.code).toBe('PAIRING_LOST');
  });
});

describe('the line before the launch gate', () => {
  it('is passed in the order of asking, also by those who wait longer than one wait may last', async () => {
    const fleet = await Fleet.ready(4, { maxConcurrentLaunches: 1, readyTimeoutMs: 15 * MINUTE });
    for (const id of fleet.ids) {
      await fleet.manager.stop(id);
      fleet.whatsapp.faults(id).always('open', 'hang');
    }
    await fleet.clock.until(() => fleet.ids.every((id) => fleet.detail(id) === 'stopped'));
    for (const id of ['i0', 'i1', 'i2']) await fleet.manager.start(id);
    await fleet.clock.advance(MINUTE);
    await fleet.manager.start('i3');
    const launching = () => fleet.ids.filter((id) => fleet.detail(id) === 'launching');
    for (const id of ['i1', 'i2', 'i3']) await fleet.clock.until(() => launching().includes(id));
    const launched = fleet.facts.flatMap((fact) =>
      fact.type === 'instance.state' && fact.body.detail === 'launching' ? [fact.instanceId] : [],
    );
    expect(launched.slice(-4)).toEqual(['i0', 'i1', 'i2', 'i3']);
  });
});

describe("the world's faults", () => {
  const cut = (fleet: Fleet) => {
    fleet.hostIsUp = false;
    for (const id of fleet.ids) {
      fleet.whatsapp.faults(id).always('open', { reject: 'NETWORK' });
      fleet.whatsapp.browser(id).setSocketState('TIMEOUT');
    }
  };
  const mend = (fleet: Fleet) => {
    fleet.hostIsUp = true;
    for (const id of fleet.ids) {
      fleet.whatsapp.faults(id).clear();
      if (fleet.whatsapp.openGeneration(id) !== null) fleet.whatsapp.browser(id).setSocketState('CONNECTED');
    }
  };

  it('cost nobody budget: ten minutes without a network, and all are back within two', async () => {
    const fleet = await Fleet.ready(20);
    cut(fleet);
    fleet.whatsapp.browser('i7').exit();
    await fleet.clock.advance(9 * MINUTE);
    expect(fleet.alerts('alert.raised')).toEqual(['host_offline']);
    expect(fleet.manager.get('i7')).toMatchObject({ state: 'disconnected', detail: 'suspended' });
    expect(fleet.manager.get('i7').reason).toMatch(/cannot reach WhatsApp/);
    await fleet.clock.advance(MINUTE);
    mend(fleet);
    const ms = await fleet.clock.until(() => fleet.all('ready'));
    expect(ms).toBeLessThan(2 * MINUTE);
    expect(fleet.ids.map((id) => fleet.manager.get(id).restarts.used)).toEqual(fleet.ids.map(() => 0));
    expect(fleet.alerts('alert.resolved')).toEqual(['host_offline']);
  });

  it('leave each socket its whole grace when the network is back', async () => {
    const fleet = await Fleet.ready(5);
    cut(fleet);
    // Shortly before the grace that began with the cut would be over for the tenth time.
    await fleet.clock.advance(10 * MINUTE - 10_000);
    fleet.hostIsUp = true;
    await fleet.clock.until(() => fleet.alerts('alert.resolved').length === 1);
    await fleet.clock.advance(40_000);
    mend(fleet);
    await fleet.clock.until(() => fleet.all('ready'));
    expect(fleet.ids.map((id) => fleet.manager.get(id).restarts.used)).toEqual(fleet.ids.map(() => 0));
  });

  it('are not assumed when the host can be reached: then each instance climbs its own ladder', async () => {
    const fleet = await Fleet.ready(3);
    for (const id of fleet.ids) fleet.whatsapp.browser(id).setSocketState('TIMEOUT');
    await fleet.clock.advance(2 * MINUTE);
    expect(fleet.alerts('alert.raised')).toEqual([]);
    expect(fleet.ids.map((id) => fleet.manager.get(id).restarts.used)).toEqual([1, 1, 1]);
  });

  it('include a machine that was asleep for an hour', async () => {
    const fleet = await Fleet.ready(3);
    fleet.clock.jump(60 * MINUTE);
    for (const id of fleet.ids) fleet.whatsapp.browser(id).exit();
    await fleet.clock.until(() => fleet.alerts('alert.resolved').length === 1);
    await fleet.clock.until(() => fleet.all('ready'));
    expect(fleet.alerts('alert.raised')).toEqual(['host_asleep']);
  });

  it('are not looked for any more once the manager closes: no timer is left', async () => {
    const asked: AbortSignal[] = [];
    const checkHost = (signal: AbortSignal) => {
      asked.push(signal);
      return new Promise<boolean>(() => {});
    };
    const fleet = await Fleet.ready(1, { checkHost });
    fleet.whatsapp.browser('i0').setSocketState('TIMEOUT');
    await fleet.clock.until(() => asked.length === 1);
    await fleet.close();
    expect(asked[0]?.aborted).toBe(true);
    expect(fleet.clock.pending).toBe(0);
  });

  it('include a page that nobody understands any more: one alert, no storm', async () => {
    const fleet = await Fleet.ready(5);
    for (const id of fleet.ids) {
      fleet.whatsapp.faults(id).always('ready', 'never');
      fleet.whatsapp.browser(id).exit();
    }
    const complain = () => {
      for (const id of fleet.ids)
        if (fleet.detail(id) === 'authenticating')
          fleet.whatsapp.browser(id).say({ type: 'pageError', message: 'x is not a function' });
    };
    for (let minute = 0; minute < 60; minute++) {
      await fleet.clock.advance(MINUTE);
      complain();
    }
    expect(fleet.alerts('alert.raised')).toEqual(['incompatible_page']);
    for (const id of fleet.ids) expect(fleet.manager.get(id).restarts.used).toBeLessThanOrEqual(2);
    const openings = fleet.ids.map((id) => fleet.whatsapp.openings(id).length);
    expect(Math.max(...openings)).toBeLessThan(10);
    for (const id of fleet.ids) fleet.whatsapp.faults(id).clear();
    await fleet.clock.until(() => fleet.all('ready'));
    expect(fleet.alerts('alert.resolved')).toEqual(['incompatible_page']);
    // Attempts that began on the page before may still fail: that is no second alert.
    for (const id of fleet.ids) {
      fleet.whatsapp.faults(id).next('open', { reject: 'INCOMPATIBLE_PAGE' });
      fleet.whatsapp.browser(id).exit();
    }
    await fleet.clock.until(() => !fleet.all('ready'));
    await fleet.clock.until(() => fleet.all('ready'));
    expect(fleet.alerts('alert.raised')).toEqual(['incompatible_page']);
  });
});
