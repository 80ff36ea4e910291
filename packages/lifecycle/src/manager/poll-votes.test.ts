/** Votes for polls that the page has forgotten: named from the queue, in their order, and never taken for votes taken back. */
import { afterEach, describe, expect, it, vi } from 'vitest';
import type { PollVoteFact } from '../domain/inbound.js';
import { memoryStore } from '../stores/memory/memory-store.js';
import { closeFleets, Fleet } from './fleet.fixture.js';

const STRANGE = 'true_4915112345678@c.us_3EB0OFTHEPHONE';

async function scene() {
  const store = memoryStore();
  const complaints: string[] = [];
  const complain = (fields: object, message: string) =>
    void complaints.push(`${message} ${JSON.stringify(fields)}`);
  const log = { debug() {}, info() {}, warn: complain, error: complain };
  const fleet = await Fleet.ready(1, { store, log, sendIntervalMs: 0 });
  const votes = (): PollVoteFact[] =>
    fleet.facts.flatMap((fact) => (fact.type === 'poll.vote' ? [fact.body] : []));
  return { store, fleet, complaints, votes, phone: fleet.whatsapp.phone('i0') };
}

afterEach(closeFleets);

describe('votes for a poll that the page has forgotten', () => {
  it('are named from the queue, and otherwise told without names', async () => {
    const { fleet, complaints, votes, phone } = await scene();
    const poll = { to: '4915112345678', question: 'Tea?', options: [' yes ', 'no', 'later'] };
    await fleet.manager.send('i0', { type: 'poll', payload: poll }, { waitMs: 0 });
    const sent = () => fleet.facts.find((fact) => fact.type === 'message.sent');
    await fleet.clock.until(() => sent() !== undefined);
    const fact = sent();
    const messageId = fact?.type === 'message.sent' ? String(fact.body.messageId) : '';
    const chosen = [{ unnamed: [0, 2] }, ['no'], { unnamed: [1] }, [], { unnamed: [7] }];
    for (const [voter, options] of chosen.entries())
      phone.vote(messageId, options, `491510000000${voter}@c.us`);
    phone.vote(STRANGE, { unnamed: [0] });
    await fleet.clock.until(() => votes().length === 6);
    expect(votes().map(({ selectedOptions }) => selectedOptions)).toEqual([
      ['yes', 'later'],
      ['no'],
      ['no'],
      [],
      null,
      null,
    ]);
    expect(votes()[0]).not.toHaveProperty('optionIds');
    expect(complaints).toEqual([]);
  });

  it('are told without names while the store cannot be asked, and the log says so', async () => {
    const { store, fleet, complaints, votes, phone } = await scene();
    vi.spyOn(store.queue, 'byMessageKey').mockRejectedValue(new Error('no disk'));
    phone.vote(STRANGE, { unnamed: [0] });
    await fleet.clock.until(() => votes().length === 1);
    expect(votes()[0]?.selectedOptions).toBeNull();
    expect(complaints).toEqual([expect.stringContaining('no disk')]);
  });

  it('are told before the end, when they are still looked up then', async () => {
    const { store, fleet, votes, phone } = await scene();
    const slow = () => new Promise<null>((resolve) => fleet.clock.setTimeout(() => resolve(null), 100));
    vi.spyOn(store.queue, 'byMessageKey').mockImplementation(slow);
    phone.vote(STRANGE, { unnamed: [0] });
    await closeFleets();
    expect(votes()).toHaveLength(1);
  });
});
